import { subjectOfTenant } from '../../statistics/statistics-subject.js';
import type { ClientBase } from 'pg';
import { eraseAuditDetails } from '../../audit/audit.removal.js';
import { inTransaction } from '../../persistence/in-transaction.js';
import { BATCH, inBatches, type Signal } from '../batches.js';

export interface ErasedRows {
  readonly subscriptions: number;
  readonly connections: number;
  readonly deliveries: number;
  readonly attempts: number;
  readonly events: number;
  readonly idempotencyKeys: number;
}

const NONE: ErasedRows = {
  subscriptions: 0,
  connections: 0,
  deliveries: 0,
  attempts: 0,
  events: 0,
  idempotencyKeys: 0,
};

export interface TenantRows {
  readonly schema: string;
  readonly tenant: string;
}

/**
 * Removes what there is of a tenant, each batch told to `onErased`. Subscriptions go first, so that
 * nothing new is sent; their secrets with them. Rows that others have locked are passed over.
 */
export async function eraseTenantRows(
  client: ClientBase,
  rows: TenantRows,
  signal: Signal,
  onErased: (rows: ErasedRows) => Promise<void>,
): Promise<void> {
  const { schema: s, tenant } = rows;
  const told = async (erased: Partial<ErasedRows>) => {
    if (Object.values(erased).some((count) => count > 0)) await onErased({ ...NONE, ...erased });
  };
  await told(await eraseSubscriptions(client, rows));
  while (!signal.aborted) {
    const { deliveries, attempts } = await eraseDeliveries(client, rows);
    await told({ deliveries, attempts });
    if (deliveries < BATCH) break;
  }
  const remove = (text: string) => inBatches(client, { text, values: [tenant] }, signal);
  const events = await remove(`
    DELETE FROM ${s}.integration_events WHERE id IN (
      SELECT id FROM ${s}.integration_events WHERE tenant = $1
      LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`);
  await told({ events });
  const idempotencyKeys = await remove(`
    DELETE FROM ${s}.integration_idempotency_keys WHERE tenant = $1 AND key IN (
      SELECT key FROM ${s}.integration_idempotency_keys WHERE tenant = $1
      LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`);
  await told({ idempotencyKeys });
  await eraseAuditDetails(client, rows);
}

/** Moves the tenant's number of changes: no process accepts with what it knew of them. */
async function eraseSubscriptions(
  client: ClientBase,
  { schema: s, tenant }: TenantRows,
): Promise<Pick<ErasedRows, 'subscriptions' | 'connections'>> {
  return inTransaction(client, async () => {
    const { rows } = await client.query<{ id: string }>(
      `DELETE FROM ${s}.integration_subscriptions WHERE tenant = $1 RETURNING id`,
      [tenant],
    );
    const ids = [rows.map(({ id }) => id)];
    for (const table of [
      'subscription_health',
      'subscription_gates',
      'failure_notices',
      'threads',
    ]) {
      await client.query(
        `DELETE FROM ${s}.integration_${table} WHERE subscription_id = ANY($1::uuid[])`,
        ids,
      );
    }
    await client.query(
      `DELETE FROM ${s}.integration_statistics
       WHERE subject = $2 OR subject = ANY(SELECT 'subscription:' || unnest($1::uuid[]))`,
      [...ids, subjectOfTenant(tenant)],
    );
    await client.query(`DELETE FROM ${s}.integration_replays WHERE tenant = $1`, [tenant]);
    const { rowCount: connections } = await client.query(
      `DELETE FROM ${s}.integration_connections WHERE tenant = $1`,
      [tenant],
    );
    if (rows.length === 0) return { subscriptions: 0, connections: connections ?? 0 };
    await client.query(
      `INSERT INTO ${s}.integration_subscription_changes AS c (tenant, revision) VALUES ($1, 1)
       ON CONFLICT (tenant) DO UPDATE SET revision = c.revision + 1`,
      [tenant],
    );
    return { subscriptions: rows.length, connections: connections ?? 0 };
  });
}

/**
 * Locked first, then looked at anew: what a worker has written of them until then is seen, and after
 * that it finds no row to write to.
 */
async function eraseDeliveries(
  client: ClientBase,
  { schema: s, tenant }: TenantRows,
): Promise<{ deliveries: number; attempts: number }> {
  return inTransaction(client, async () => {
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM ${s}.deliveries WHERE tenant = $1 LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`,
      [tenant],
    );
    const ids = [rows.map(({ id }) => id)];
    const logs = await client.query(
      `DELETE FROM ${s}.delivery_logs WHERE delivery_id = ANY($1::uuid[])`,
      ids,
    );
    await client.query(`DELETE FROM ${s}.deliveries WHERE id = ANY($1::uuid[])`, ids);
    return { deliveries: rows.length, attempts: logs.rowCount ?? 0 };
  });
}
