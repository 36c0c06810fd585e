import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ClientBase } from 'pg';
import { AuditLog } from '../../audit/audit.log.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../../integration-options.js';
import { inTransaction } from '../../persistence/in-transaction.js';
import type { Signal } from '../batches.js';
import { HistoryConnection } from '../history.connection.js';
import { ErasureNotices } from './erasure.notices.js';
import { eraseTenantRows, type ErasedRows } from './tenant.rows.js';

/** Rows that were locked, or committed late: how soon and how often to look again before leaving it to the next run. */
const LOOK_AGAIN_MS = 250;
const LOOKS = 40;

interface Task {
  readonly id: string;
  readonly tenant: string;
}

/**
 * Does the erasures that were asked for, one process at a time. What is erased is gone, so one that was
 * interrupted goes on by beginning again.
 */
@Injectable()
export class ErasureRunner {
  private readonly logger = new Logger('IntegrationHistory');
  private readonly schema: string;

  constructor(
    @Inject(RESOLVED_OPTIONS) { database }: ResolvedIntegrationOptions,
    private readonly connection: HistoryConnection,
    private readonly notices: ErasureNotices,
    private readonly audit: AuditLog,
  ) {
    this.schema = database.schema;
  }

  /** Null: another process is at it. Otherwise how many were completed. */
  async run(signal: Signal = { aborted: false }): Promise<number | null> {
    return this.connection.alone('erasure', async (client) => {
      const { rows } = await client.query<Task>(
        `SELECT id, tenant FROM ${this.schema}.integration_erasures
         WHERE state = 'running' ORDER BY id`,
      );
      let completed = 0;
      for (const task of rows) if (await this.erase(client, task, signal)) completed++;
      return completed;
    });
  }

  private async erase(client: ClientBase, task: Task, signal: Signal): Promise<boolean> {
    for (let look = 1; look <= LOOKS && !signal.aborted; look++) {
      const isSettled = await this.isSettled(client, task);
      const erased = await this.pass(client, task, signal);
      if (erased === 0 && isSettled && !signal.aborted) {
        await this.complete(client, task);
        return true;
      }
      if (erased === 0) await delay(LOOK_AGAIN_MS);
    }
    return false;
  }

  /** Every transaction that was open when it was asked for has ended: nothing older comes any more. */
  private async isSettled(client: ClientBase, { id }: Task): Promise<boolean> {
    const { rowCount } = await client.query(
      `SELECT 1 FROM ${this.schema}.integration_erasures
       WHERE id = $1 AND pg_snapshot_xmin(pg_current_snapshot()) > asked_in`,
      [id],
    );
    return rowCount === 1;
  }

  /** Resolves with the number of rows that were found and removed. */
  private async pass(client: ClientBase, { id, tenant }: Task, signal: Signal): Promise<number> {
    let all = 0;
    await eraseTenantRows(client, { schema: this.schema, tenant }, signal, async (rows) => {
      all += Object.values(rows).reduce((sum, count) => sum + count, 0);
      await this.note(client, id, rows);
    });
    await this.notices.tellOfTenant(client, tenant);
    return all;
  }

  private async note(client: ClientBase, id: string, rows: ErasedRows): Promise<void> {
    await client.query(
      `UPDATE ${this.schema}.integration_erasures
       SET subscriptions = subscriptions + $2, connections = connections + $3,
         deliveries = deliveries + $4, attempts = attempts + $5, events = events + $6,
         idempotency_keys = idempotency_keys + $7 WHERE id = $1`,
      [
        id,
        rows.subscriptions,
        rows.connections,
        rows.deliveries,
        rows.attempts,
        rows.events,
        rows.idempotencyKeys,
      ],
    );
  }

  private async complete(client: ClientBase, { id, tenant }: Task): Promise<void> {
    const removed = await inTransaction(client, async () => {
      const { rows } = await client.query<ErasedRows>(
        `UPDATE ${this.schema}.integration_erasures SET state = 'completed', finished_at = now()
         WHERE id = $1 RETURNING subscriptions, connections, deliveries::float8, attempts::float8,
           events::float8, idempotency_keys::float8 AS "idempotencyKeys"`,
        [id],
      );
      const after = { erasureId: id, state: 'completed', removed: rows[0] };
      await this.audit.record(
        { tenant, subjectType: 'tenant', subjectId: tenant, after },
        { operation: 'eraseTenant', writer: client },
      );
      return rows[0];
    });
    this.logger.log({ event: 'history.tenant_erased', erasureId: id, tenant, ...removed });
  }
}
