import { isId, DELIVERY_STATUSES, type DeliveryStatus } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { AuditLog } from '../audit/audit.log.js';
import { DeliveredEvent } from '../events/delivered-event.js';
import { ConflictError, InvalidInputError, NotFoundError } from '../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { uuidFloor } from '../persistence/partitions.js';
import { schemaOf } from '../persistence/schema-name.js';
import { DeliveryQueue } from '../queue/delivery-queue.js';
import type { Page, TenantScope } from '../subscriptions/subscription.types.js';
import { toAttempt, toDelivery, type AttemptRow, type DeliveryRow } from './delivery.rows.js';
import { RESTARTED } from './replay/restarted.js';
import type { Delivery, DeliveryDetails, ListDeliveries } from './delivery.types.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const LIVE = `d.state IN ('pending', 'retrying')`;
const LEASED = `coalesce(d.lease_until > now(), false)`;

/** What admins read of deliveries, and their replay. */
@Injectable()
export class DeliveryService {
  private readonly schema: string;
  private readonly columns: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly queue: DeliveryQueue,
    private readonly audit: AuditLog,
  ) {
    this.schema = schemaOf(dataSource);
    this.columns = `d.id, d.tenant, d.event_id, d.event_type, d.subscription_id, d.state,
      d.attempts, d.is_replay, d.due_at, d.finished_at, d.last_status, d.last_error, d.external_id, d.external_url,
      ${LEASED} AS leased`;
  }

  /** Newest first, by keyset. @throws InvalidInputError */
  async list(query: ListDeliveries, scope: TenantScope): Promise<Page<Delivery>> {
    const limit = checkedLimit(query.limit);
    const conditions = new Conditions();
    if (scope !== 'all') conditions.add('d.tenant = ?', scope.tenant);
    if (query.subscriptionId) conditions.add('d.subscription_id = ?', query.subscriptionId);
    if (query.eventId) conditions.add('d.event_id = ?', query.eventId);
    if (query.eventType) conditions.add('d.event_type = ?', query.eventType);
    if (query.status) addStatus(conditions, query.status);
    if (query.from) conditions.add('d.id >= ?', uuidFloor(query.from.getTime()));
    if (query.to) conditions.add('d.id < ?', uuidFloor(query.to.getTime()));
    if (query.cursor !== undefined) conditions.add('d.id < ?', idOfCursor(query.cursor));
    const rows: DeliveryRow[] = await this.dataSource.query(
      `SELECT ${this.columns} FROM ${this.schema}.deliveries d ${conditions.where()}
       ORDER BY d.id DESC LIMIT ${limit + 1}`,
      conditions.values,
    );
    const items = rows.slice(0, limit).map(toDelivery);
    const last = items.at(-1);
    return {
      items,
      nextCursor: rows.length > limit && last ? cursorOf(last.id) : null,
    };
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
    const conditions = new Conditions();
    conditions.add('d.id = ?', id);
    if (scope !== 'all') conditions.add('d.tenant = ?', scope.tenant);
    const [row]: DeliveryRow[] = isId(id)
      ? await this.dataSource.query(
          `SELECT ${this.columns} FROM ${this.schema}.deliveries d ${conditions.where()}`,
          conditions.values,
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

/** `AND`ed conditions with numbered parameters. */
class Conditions {
  readonly values: unknown[] = [];
  private readonly parts: string[] = [];

  add(condition: string, value?: unknown): void {
    if (value === undefined) {
      this.parts.push(condition);
      return;
    }
    this.values.push(value);
    this.parts.push(condition.replace('?', `$${this.values.length}`));
  }

  where(): string {
    return this.parts.length === 0 ? '' : `WHERE ${this.parts.join(' AND ')}`;
  }
}

/** `attempting` is a live delivery with a lease; the live states are shown without one. */
function addStatus(conditions: Conditions, status: DeliveryStatus): void {
  if (!DELIVERY_STATUSES.includes(status)) {
    throw new InvalidInputError([
      { field: 'status', message: `must be one of ${DELIVERY_STATUSES.join(', ')}` },
    ]);
  }
  if (status === 'attempting') conditions.add(`${LIVE} AND ${LEASED}`);
  else {
    conditions.add('d.state = ?', status);
    if (status === 'pending' || status === 'retrying') conditions.add(`NOT ${LEASED}`);
  }
}

function checkedLimit(limit: number = DEFAULT_LIMIT): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new InvalidInputError([
      { field: 'limit', message: `must be a whole number from 1 to ${MAX_LIMIT}` },
    ]);
  }
  return limit;
}

function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

function idOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!isId(id)) {
    throw new InvalidInputError([
      { field: 'cursor', message: 'is not a cursor that an earlier page gave' },
    ]);
  }
  return id;
}
