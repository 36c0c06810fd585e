import type { EntityManager } from 'typeorm';
import { failureEventKey } from '../../deliveries/health/failure-events.js';
import type { TenantScope } from '../../subscriptions/subscription.types.js';
import { LIVE } from '../expired.rows.js';
import { QuotedReasons } from './quoted.reasons.js';

const REASON = 'The payload of the event was erased';

export interface ErasableEvent {
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly idempotency_key: string | null;
}

export interface ErasedEvent {
  /** Its deliveries. */
  readonly ids: readonly string[];
  readonly cancelled: number;
  /** Events, locked, that tell of these deliveries and may quote why they failed. */
  readonly telling: readonly ErasableEvent[];
}

/** All rows that hold what an event said, in one transaction. */
export class PayloadRows {
  private readonly reasons: QuotedReasons;

  constructor(
    private readonly manager: EntityManager,
    private readonly schema: string,
  ) {
    this.reasons = new QuotedReasons(manager, schema);
  }

  async lock(eventId: string, scope: TenantScope): Promise<ErasableEvent | undefined> {
    const events: ErasableEvent[] = await this.manager.query(
      `SELECT id, tenant, type, idempotency_key FROM ${this.schema}.integration_events
       WHERE id = $1 AND ($2::text IS NULL OR tenant = $2) FOR UPDATE`,
      [eventId, scope === 'all' ? null : scope.tenant],
    );
    return events[0];
  }

  async erase(event: ErasableEvent, erasedAt: Date): Promise<ErasedEvent> {
    const { ids, cancelled } = await this.eraseDeliveries(event.id);
    const telling = [
      ...(await this.failureEvents(event.tenant, ids)),
      ...(await this.reasons.erase({ event, deliveryIds: ids }, REASON)),
    ];
    await this.manager.query(
      `UPDATE ${this.schema}.delivery_logs
       SET request_method = NULL, request_url = NULL, request_headers = NULL, request_body = NULL,
         has_standard_body = false, response_headers = NULL, response_body = NULL,
         response_truncated = NULL, error = CASE WHEN error IS NOT NULL THEN $2 END
       WHERE delivery_id = ANY($1::uuid[])`,
      [ids, REASON],
    );
    await this.manager.query(
      `DELETE FROM ${this.schema}.integration_idempotency_keys
       WHERE tenant = $1 AND key = $2 AND event_id = $3`,
      [event.tenant, event.idempotency_key, event.id],
    );
    await this.manager.query(
      `UPDATE ${this.schema}.integration_events
       SET payload = NULL, payload_removed_at = $2, idempotency_key = NULL WHERE id = $1`,
      [event.id, erasedAt],
    );
    return { ids, cancelled, telling };
  }

  /** First, and with new fences: what a worker has under way can't be written after this. */
  private async eraseDeliveries(eventId: string): Promise<{ ids: string[]; cancelled: number }> {
    const [rows]: [{ id: string; was_live: boolean }[], number] = await this.manager.query(
      `WITH found AS MATERIALIZED (
         SELECT id, state IN ${LIVE} AS was_live FROM ${this.schema}.deliveries
         WHERE event_id = $1 ORDER BY id FOR UPDATE)
       UPDATE ${this.schema}.deliveries d
       SET state = CASE WHEN was_live THEN 'cancelled' ELSE state END, fence = fence + 1,
         due_at = NULL, lease_until = NULL, gate = NULL, gate_seq = NULL, finished_at = coalesce(finished_at, now()),
         last_error = CASE WHEN was_live OR last_error IS NOT NULL THEN $2 END, external_id = NULL,
         external_url = NULL, order_key = NULL
       FROM found WHERE d.id = found.id RETURNING d.id, was_live`,
      [eventId, REASON],
    );
    return { ids: rows.map(({ id }) => id), cancelled: rows.filter((row) => row.was_live).length };
  }

  /** The events, locked, that tell of the failure of these deliveries. */
  private async failureEvents(
    tenant: string,
    deliveryIds: readonly string[],
  ): Promise<ErasableEvent[]> {
    return this.manager.query(
      `SELECT e.id, e.tenant, e.type, e.idempotency_key
       FROM ${this.schema}.integration_idempotency_keys k
       JOIN ${this.schema}.integration_events e ON e.id = k.event_id
       WHERE k.tenant = $1 AND k.key = ANY($2::text[]) ORDER BY e.id FOR UPDATE OF e`,
      [tenant, deliveryIds.map(failureEventKey)],
    );
  }
}
