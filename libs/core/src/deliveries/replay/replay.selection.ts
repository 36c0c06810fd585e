import { uuidFloor } from '../../persistence/partitions.js';
import type { ReplayableStatus } from './replay.types.js';

/** What a job chooses, as its row has it. */
export interface ChosenDeliveries {
  readonly kind: 'replay' | 'recovery';
  readonly tenant: string | null;
  /** Null: not by their ids. */
  readonly deliveryIds: readonly string[] | null;
  readonly subscriptionId: string | null;
  readonly eventType: string | null;
  readonly status: ReplayableStatus | null;
  readonly from: Date | null;
  readonly to: Date | null;
  /** When the job began: what ends later is not its own. */
  readonly endedBefore: Date;
}

/** A delivery that ended since a time may have been accepted this long before. The default retries last 76 hours. */
const LONGEST_LIFE_MS = 30 * 24 * 60 * 60 * 1_000;

/** SQL conditions on `deliveries d`, with their parameters. */
export class DeliveryConditions {
  readonly values: unknown[] = [];
  private readonly parts: string[] = [];

  constructor(chosen: ChosenDeliveries, schema: string) {
    const { tenant, deliveryIds, subscriptionId, eventType } = chosen;
    if (deliveryIds !== null) this.add(`d.id = ANY(${this.value(deliveryIds)}::uuid[])`);
    if (tenant !== null) this.add(`d.tenant = ${this.value(tenant)}`);
    if (subscriptionId !== null) this.add(`d.subscription_id = ${this.value(subscriptionId)}`);
    if (eventType !== null) this.add(`d.event_type = ${this.value(eventType)}`);
    this.add(statesOf(chosen));
    this.add(`d.finished_at < ${this.value(chosen.endedBefore)}`);
    if (chosen.from) this.addFrom(chosen.from, chosen.kind);
    if (chosen.to) this.add(`d.id < ${this.value(uuidFloor(chosen.to.getTime()))}`);
    this.add(
      `EXISTS (SELECT FROM ${schema}.integration_subscriptions s WHERE s.id = d.subscription_id)`,
    );
  }

  after(cursor: string | null): this {
    if (cursor !== null) this.add(`d.id > ${this.value(cursor)}`);
    return this;
  }

  toString(): string {
    return this.parts.join(' AND ');
  }

  /** What was missed since a time includes what was accepted before and failed after. */
  private addFrom(from: Date, kind: ChosenDeliveries['kind']): void {
    const accepted = `d.id >= ${this.value(uuidFloor(from.getTime()))}`;
    if (kind === 'replay') {
      this.add(accepted);
      return;
    }
    const oldest = this.value(uuidFloor(from.getTime() - LONGEST_LIFE_MS));
    this.add(`d.id >= ${oldest} AND (${accepted} OR d.finished_at >= ${this.value(from)})`);
  }

  private add(condition: string): void {
    this.parts.push(condition);
  }

  private value(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** Only final ones, by their state: one that is held back is live although nothing is due. */
function statesOf({ kind, status }: ChosenDeliveries): string {
  if (status !== null) return `d.state = '${status}'`;
  return kind === 'recovery'
    ? `d.state IN ('failed', 'cancelled')`
    : `d.state IN ('delivered', 'failed', 'cancelled')`;
}
