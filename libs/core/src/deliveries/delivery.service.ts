import { isId } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { AuditLog } from '../audit/audit.log.js';
import { DeliveredEvent } from '../events/delivered-event.js';
import { ConflictError, NotFoundError } from '../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import { DeliveryQueue } from '../queue/delivery-queue.js';
import type { Page, TenantScope } from '../subscriptions/subscription.types.js';
import { DeliveryChanges } from '../live/delivery.changes.js';
import { deliveryColumns, LIVE } from './delivery.columns.js';
import { DeliveryFinder } from './delivery.finder.js';
import { toAttempt, toDelivery, type AttemptRow, type DeliveryRow } from './delivery.rows.js';
import { RESTARTED } from './replay/restarted.js';
import type { Delivery, DeliveryDetails, ListDeliveries } from './delivery.types.js';

/** What admins read of deliveries, and their replay. */
@Injectable()
export class DeliveryService {
  private readonly schema: string;
  private readonly columns: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly queue: DeliveryQueue,
    private readonly audit: AuditLog,
    private readonly finder: DeliveryFinder,
    private readonly changes: DeliveryChanges,
  ) {
    this.schema = schemaOf(dataSource);
    this.columns = deliveryColumns(this.schema);
  }

  /** Newest first, by keyset. @throws InvalidInputError */
  list(query: ListDeliveries, scope: TenantScope): Promise<Page<Delivery>> {
    return this.finder.list(query, scope);
  }

  /** With its event and every attempt. @throws NotFoundError */
  async get(id: string, scope: TenantScope): Promise<DeliveryDetails> {
    const row = await this.row(id, scope);
    const [log, [stored]] = await Promise.all([this.log(id), this.event(row.event_id)]);
    const delivery = toDelivery(row);
    const occurredAt = stored?.occurred_at ?? delivery.createdAt;
    const payload = stored?.payload ?? null;
    const event =
      payload === null
        ? null
        : new DeliveredEvent(row.event_id, row.event_type, occurredAt.toISOString(), payload);
    return {
      ...delivery,
      event: {
        id: row.event_id,
        type: row.event_type,
        occurredAt,
        payloadJson: payload ?? 'null',
        payloadRemovedAt: stored?.payload_removed_at ?? null,
      },
      log: log.map((attempt) => toAttempt(attempt, event?.toStandardBody() ?? null)),
    };
  }

  /**
   * Sends a final delivery again: same `webhook-id`, current config and secrets, history kept.
   * Allowed while the subscription is disabled.
   * @throws NotFoundError
   * @throws ConflictError where it is still under way, or its subscription or its event's payload is gone
   */
  async replay(id: string, scope: TenantScope): Promise<Delivery> {
    const row = await this.row(id, scope);
    const [subscription] = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM ${this.schema}.integration_subscriptions WHERE id = $1`,
      [row.subscription_id],
    );
    if (!subscription) {
      throw new ConflictError(`Delivery '${id}' can't be replayed: its subscription is deleted`);
    }
    await this.checkPayload(row);
    const replayed = await this.restart(row);
    if (!replayed) {
      throw new ConflictError(
        `Delivery '${id}' is still ${toDelivery(row).status}: replay it once it is delivered, failed or cancelled`,
      );
    }
    this.queue.announce([{ id, inMs: 0 }]);
    this.changes.note([id]);
    return toDelivery(replayed);
  }

  /** @throws ConflictError where there is nothing left to send */
  private async checkPayload({ id, event_id: eventId }: DeliveryRow): Promise<void> {
    const [event] = await this.event(eventId);
    if (event && event.payload_removed_at === null) return;
    throw new ConflictError(
      event
        ? `Delivery '${id}' can't be replayed: its event's payload was removed on ${event.payload_removed_at?.toISOString()}`
        : `Delivery '${id}' can't be replayed: its event is older than what is kept`,
    );
  }

  private async restart(before: DeliveryRow): Promise<DeliveryRow | undefined> {
    const { id, tenant } = before;
    return this.dataSource.transaction(async (manager) => {
      const [[replayed]]: [DeliveryRow[], number] = await manager.query(
        `UPDATE ${this.schema}.deliveries d
         SET ${RESTARTED}
         WHERE d.id = $1 AND NOT (${LIVE}) RETURNING ${this.columns}`,
        [id],
      );
      if (!replayed) return undefined;
      const [was, is] = [before, replayed].map((row) => ({ status: toDelivery(row).status }));
      const change = { tenant, subjectType: 'delivery', subjectId: id, before: was, after: is };
      await this.audit.record(change, { operation: 'replayDelivery', writer: manager });
      return replayed;
    });
  }

  private async row(id: string, scope: TenantScope): Promise<DeliveryRow> {
    const [row]: DeliveryRow[] = isId(id)
      ? await this.dataSource.query(
          `SELECT ${this.columns} FROM ${this.schema}.deliveries d
           WHERE d.id = $1 AND ($2::text IS NULL OR d.tenant = $2)`,
          [id, scope === 'all' ? null : scope.tenant],
        )
      : [];
    if (!row) throw new NotFoundError('delivery', id);
    return row;
  }

  private log(id: string): Promise<AttemptRow[]> {
    return this.dataSource.query(
      `SELECT * FROM ${this.schema}.delivery_logs WHERE delivery_id = $1 ORDER BY attempt`,
      [id],
    );
  }

  private event(id: string): Promise<EventRow[]> {
    return this.dataSource.query(
      `SELECT payload::text AS payload, occurred_at, payload_removed_at
       FROM ${this.schema}.integration_events WHERE id = $1`,
      [id],
    );
  }
}

interface EventRow {
  /** Null: it was removed. */
  readonly payload: string | null;
  readonly payload_removed_at: Date | null;
  readonly occurred_at: Date;
}
