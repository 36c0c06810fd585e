import { isId } from '@nest-integrations/common';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit.log.js';
import { NotFoundError } from '../../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../../persistence/integration-data-source.token.js';
import { schemaOf } from '../../persistence/schema-name.js';
import { isDeadlock } from '../../persistence/sql-state.js';
import type { TenantScope } from '../../subscriptions/subscription.types.js';
import { LIVE } from '../expired.rows.js';
import { ErasureNotices } from './erasure.notices.js';
import type { ErasedPayload } from './erasure.types.js';

const REASON = 'The payload of the event was erased';
const TRIES = 5;

interface EventRow {
  readonly tenant: string;
  readonly type: string;
  readonly idempotency_key: string | null;
}

/** Erases what one event said, wherever it stands; that it was there, and what became of it, stays. */
@Injectable()
export class PayloadEraser {
  private readonly logger = new Logger('IntegrationHistory');
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly audit: AuditLog,
    private readonly notices: ErasureNotices,
  ) {
    this.schema = schemaOf(dataSource);
  }

  /**
   * Resolves once nothing of it is left in the database. An attempt under way can't be called back:
   * it writes nothing any more and is cut off when its lease is due for renewal.
   * @throws NotFoundError
   */
  async erase(eventId: string, scope: TenantScope): Promise<ErasedPayload> {
    if (!isId(eventId)) throw new NotFoundError('event', eventId);
    for (let attempt = 1; ; attempt++) {
      try {
        const erased = await this.dataSource.transaction((manager) =>
          this.eraseWithin(manager, eventId, scope),
        );
        this.logger.log({ event: 'history.payload_erased', ...erased });
        return erased;
      } catch (error) {
        // Workers that record many of its deliveries at once may lock them in another order.
        if (!isDeadlock(error) || attempt === TRIES) throw error;
      }
    }
  }

  private async eraseWithin(
    manager: EntityManager,
    eventId: string,
    scope: TenantScope,
  ): Promise<ErasedPayload> {
    const event = await this.lock(manager, eventId, scope);
    const { ids, cancelled } = await this.eraseDeliveries(manager, eventId);
    await manager.query(
      `UPDATE ${this.schema}.delivery_logs
       SET request_method = NULL, request_url = NULL, request_headers = NULL, request_body = NULL,
         has_standard_body = false, response_headers = NULL, response_body = NULL,
         response_truncated = NULL, error = CASE WHEN error IS NOT NULL THEN $2 END
       WHERE delivery_id = ANY($1::uuid[])`,
      [ids, REASON],
    );
    await manager.query(
      `DELETE FROM ${this.schema}.integration_idempotency_keys
       WHERE tenant = $1 AND key = $2 AND event_id = $3`,
      [event.tenant, event.idempotency_key, eventId],
    );
    const erasedAt = new Date();
    await manager.query(
      `UPDATE ${this.schema}.integration_events
       SET payload = NULL, payload_removed_at = $2, idempotency_key = NULL WHERE id = $1`,
      [eventId, erasedAt],
    );
    await this.notices.tellOfEvent(manager, eventId);
    const counts = { deliveries: ids.length, cancelled };
    await this.audit.record(
      {
        tenant: event.tenant,
        subjectType: 'event',
        subjectId: eventId,
        after: { type: event.type, erasedAt, ...counts },
      },
      { operation: 'eraseEventPayload', writer: manager },
    );
    return { eventId, erasedAt, ...counts };
  }

  private async lock(
    manager: EntityManager,
    eventId: string,
    scope: TenantScope,
  ): Promise<EventRow> {
    const [event]: EventRow[] = await manager.query(
      `SELECT tenant, type, idempotency_key FROM ${this.schema}.integration_events
       WHERE id = $1 AND ($2::text IS NULL OR tenant = $2) FOR UPDATE`,
      [eventId, scope === 'all' ? null : scope.tenant],
    );
    if (!event) throw new NotFoundError('event', eventId);
    return event;
  }

  /** First, and with new fences: what a worker has under way can't be written after this. */
  private async eraseDeliveries(
    manager: EntityManager,
    eventId: string,
  ): Promise<{ ids: string[]; cancelled: number }> {
    const [rows]: [{ id: string; was_live: boolean }[], number] = await manager.query(
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
}
