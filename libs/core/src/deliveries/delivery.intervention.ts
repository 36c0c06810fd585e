import { isId } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { AuditLog } from '../audit/audit.log.js';
import { ConflictError, NotFoundError } from '../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import { DeliveryQueue } from '../queue/delivery-queue.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import { deliveryColumns, LEASED, LIVE } from './delivery.columns.js';
import { toDelivery, type DeliveryRow } from './delivery.rows.js';
import type { Delivery } from './delivery.types.js';
import { DeliveryChanges } from '../live/delivery.changes.js';
import { IntegrationCounters } from './integration.counters.js';

interface LockedRow extends DeliveryRow {
  readonly gate: string | null;
}

interface Step {
  readonly operation: 'cancelDelivery' | 'retryDelivery';
  /** Why it can't be done; null: it can. */
  readonly problem: (row: LockedRow) => string | null;
  readonly set: string;
}

const CANCEL: Step = {
  operation: 'cancelDelivery',
  problem: ({ leased }) =>
    leased ? 'is being attempted right now: cancel it once the attempt has ended' : null,
  set: `state = 'cancelled', due_at = NULL, lease_until = NULL, gate = NULL, gate_seq = NULL,
    finished_at = now(), last_error = 'Cancelled by an admin', fence = d.fence + 1`,
};

const RETRY_NOW: Step = {
  operation: 'retryDelivery',
  problem: ({ leased, gate }) => {
    if (leased) return 'is being attempted right now';
    return gate === 'behind' || gate === 'held'
      ? 'waits for its turn at its subscription, whose limit, order or open circuit holds it back'
      : null;
  },
  // One that was admitted has its slot, which a limit gave it.
  set: `due_at = CASE WHEN d.gate = 'admitted' THEN d.due_at ELSE least(d.due_at, now()) END`,
};

/** What admins do to a delivery that is still on its way. */
@Injectable()
export class DeliveryIntervention {
  private readonly schema: string;
  private readonly columns: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly queue: DeliveryQueue,
    private readonly audit: AuditLog,
    private readonly counters: IntegrationCounters,
    private readonly changes: DeliveryChanges,
  ) {
    this.schema = schemaOf(dataSource);
    this.columns = deliveryColumns(this.schema);
  }

  /** @throws NotFoundError, ConflictError where it has ended or is being attempted */
  async cancel(id: string, scope: TenantScope): Promise<Delivery> {
    const cancelled = await this.change(id, scope, CANCEL);
    this.changes.note([id]);
    this.counters.cancelled++;
    return cancelled;
  }

  /**
   * Makes it due at once instead of when its retry policy said; the retries after it keep their waits.
   * @throws NotFoundError, ConflictError where it has ended, is being attempted or held back
   */
  async retryNow(id: string, scope: TenantScope): Promise<Delivery> {
    const due = await this.change(id, scope, RETRY_NOW);
    this.changes.note([id]);
    this.queue.announce([{ id, inMs: 0 }]);
    return due;
  }

  private async change(id: string, scope: TenantScope, step: Step): Promise<Delivery> {
    if (!isId(id)) throw new NotFoundError('delivery', id);
    return this.dataSource.transaction(async (manager) => {
      // Under its lock: neither a worker nor another admin can move it in between.
      const [row]: LockedRow[] = await manager.query(
        `SELECT ${this.columns}, d.gate FROM ${this.schema}.deliveries d
         WHERE d.id = $1 AND ($2::text IS NULL OR d.tenant = $2) FOR UPDATE OF d`,
        [id, scope === 'all' ? null : scope.tenant],
      );
      if (!row) throw new NotFoundError('delivery', id);
      const before = toDelivery(row);
      const problem = isLive(row) ? step.problem(row) : `is ${before.status} already`;
      if (problem !== null) throw new ConflictError(`Delivery '${id}' ${problem}`);
      const [[changed]]: [DeliveryRow[], number] = await manager.query(
        `UPDATE ${this.schema}.deliveries d SET ${step.set}
         WHERE d.id = $1 AND ${LIVE} AND NOT ${LEASED} RETURNING ${this.columns}`,
        [id],
      );
      if (!changed) throw new ConflictError(`Delivery '${id}' is being attempted right now`);
      const after = toDelivery(changed);
      await this.audit.record(
        {
          tenant: row.tenant,
          subjectType: 'delivery',
          subjectId: id,
          before: { status: before.status, dueAt: before.dueAt },
          after: { status: after.status, dueAt: after.dueAt },
        },
        { operation: step.operation, writer: manager },
      );
      return after;
    });
  }
}

function isLive({ state }: DeliveryRow): boolean {
  return state === 'pending' || state === 'retrying';
}
