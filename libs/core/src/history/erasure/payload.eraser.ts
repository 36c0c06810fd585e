import { isId } from '@nest-integrations/common';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit.log.js';
import { NotFoundError } from '../../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../../persistence/integration-data-source.token.js';
import { schemaOf } from '../../persistence/schema-name.js';
import { isDeadlock } from '../../persistence/sql-state.js';
import type { TenantScope } from '../../subscriptions/subscription.types.js';
import { ErasureNotices } from './erasure.notices.js';
import type { ErasedPayload } from './erasure.types.js';
import { PayloadRows } from './payload.rows.js';

const TRIES = 5;

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
    const rows = new PayloadRows(manager, this.schema);
    const event = await rows.lock(eventId, scope);
    if (!event) throw new NotFoundError('event', eventId);
    const erasedAt = new Date();
    const { ids, cancelled, telling } = await rows.erase(event, erasedAt);
    const erased = new Set([eventId]);
    // Why a delivery failed may quote what it was to say, and events of the system's own tell of it.
    for (const notices = [...telling]; notices.length > 0;) {
      const notice = notices.pop();
      if (!notice || erased.has(notice.id)) continue;
      erased.add(notice.id);
      notices.push(...(await rows.erase(notice, erasedAt)).telling);
    }
    for (const id of erased) await this.notices.tellOfEvent(manager, id);
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
}
