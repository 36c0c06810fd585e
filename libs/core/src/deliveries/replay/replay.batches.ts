import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { INTEGRATION_DATA_SOURCE } from '../../persistence/integration-data-source.token.js';
import { schemaOf } from '../../persistence/schema-name.js';
import { SubscriptionStore } from '../../subscriptions/subscription.store.js';
import { MissedEvents } from './missed.events.js';
import { chosenBy, type ReplayRow } from './replay.rows.js';
import { DeliveryConditions } from './replay.selection.js';
import { ReplayStore } from './replay.store.js';
import { RESTARTED } from './restarted.js';
import { spanOf } from './replay.span.js';

export interface DoneBatch {
  /** The job after the batch; null: it is no longer this runner's. */
  readonly job: ReplayRow | null;
  /** Deliveries that are due now. */
  readonly deliveryIds: readonly string[];
}

/** One batch of a job: what to do is read without a lock, then done together with the job's new place. */
@Injectable()
export class ReplayBatches {
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly store: ReplayStore,
    private readonly subscriptions: SubscriptionStore,
    private readonly missed: MissedEvents,
  ) {
    this.schema = schemaOf(dataSource);
  }

  next(job: ReplayRow, size: number): Promise<DoneBatch> {
    return job.phase === 'deliveries' ? this.restart(job, size) : this.makeMissed(job, size);
  }

  private async restart(job: ReplayRow, size: number): Promise<DoneBatch> {
    const ids = await this.nextDeliveries(job, size);
    const isLast = ids.length < size;
    let deliveryIds: string[] = [];
    const after = await this.store.advance(job, async (manager) => {
      // Checked again: what was restarted by others since is theirs.
      const conditions = new DeliveryConditions(chosenBy(job), this.schema);
      const [rows]: [{ id: string }[], number] = await manager.query(
        `UPDATE ${this.schema}.deliveries d SET ${RESTARTED}
         WHERE ${conditions} AND d.id = ANY($${conditions.values.length + 1}::uuid[])
         RETURNING d.id`,
        [...conditions.values, ids],
      );
      deliveryIds = rows.map(({ id }) => id);
      const isRecovery = job.kind === 'recovery';
      return {
        done: deliveryIds.length,
        phase: isLast && isRecovery ? 'events' : 'deliveries',
        cursorType: null,
        cursor: isLast && isRecovery ? null : (ids.at(-1) ?? job.cursor),
        isFinished: isLast && !isRecovery,
        note: null,
      };
    });
    return { job: after, deliveryIds: after ? deliveryIds : [] };
  }

  private async nextDeliveries(job: ReplayRow, size: number): Promise<string[]> {
    const conditions = new DeliveryConditions(chosenBy(job), this.schema).after(job.cursor);
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT d.id FROM ${this.schema}.deliveries d WHERE ${conditions} ORDER BY d.id LIMIT ${size}`,
      conditions.values,
    );
    return rows.map(({ id }) => id);
  }

  private async makeMissed(job: ReplayRow, size: number): Promise<DoneBatch> {
    const { subscription_id: subscriptionId, events_from: eventsFrom } = job;
    const taker = subscriptionId && (await this.subscriptions.find(subscriptionId, 'all'));
    if (!taker) return this.giveUp(job, 'The subscription was deleted');
    const found = eventsFrom
      ? await this.missed.search(taker, spanOf(eventsFrom, job.created_at), {
          place: { type: job.cursor_type, id: job.cursor },
          limit: size,
        })
      : { eventIds: [], place: null };
    let deliveryIds: string[] = [];
    const after = await this.store.advance(job, async (manager) => {
      deliveryIds = await this.missed.deliver(manager, taker.id, found.eventIds);
      return {
        done: deliveryIds.length,
        phase: 'events',
        cursorType: found.place?.type ?? null,
        cursor: found.place?.id ?? null,
        isFinished: found.place === null,
        note: null,
      };
    });
    return { job: after, deliveryIds: after ? deliveryIds : [] };
  }

  private async giveUp(job: ReplayRow, note: string): Promise<DoneBatch> {
    const after = await this.store.advance(job, () =>
      Promise.resolve({
        done: 0,
        phase: job.phase,
        cursorType: null,
        cursor: null,
        isFinished: true,
        note,
      }),
    );
    return { job: after, deliveryIds: [] };
  }
}
