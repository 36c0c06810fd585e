import type { ClientBase } from 'pg';
import { inTransaction } from '../persistence/in-transaction.js';
import { uuidFloor } from '../persistence/partitions.js';

const BATCH = 1_000;

/** Removes entries that are older; the one thing, with an erasure, that the append-only log lets happen. */
export async function removeAuditEntries(
  client: ClientBase,
  { schema, before }: { schema: string; before: Date },
  signal: { readonly aborted: boolean },
): Promise<number> {
  for (let all = 0; ;) {
    if (signal.aborted) return all;
    const removed = await removing(client, {
      text: `DELETE FROM ${schema}.integration_audit_log WHERE id IN (
        SELECT id FROM ${schema}.integration_audit_log WHERE id < $1 ORDER BY id LIMIT ${BATCH})`,
      values: [uuidFloor(before.getTime())],
    });
    all += removed;
    if (removed < BATCH) return all;
  }
}

/** Takes from a tenant's entries what was changed; who did what, and when, stays. */
export async function eraseAuditDetails(
  client: ClientBase,
  { schema, tenant }: { schema: string; tenant: string },
): Promise<void> {
  await removing(client, {
    text: `UPDATE ${schema}.integration_audit_log SET before = NULL, after = NULL
      WHERE tenant = $1 AND subject_type <> 'tenant' AND (before IS NOT NULL OR after IS NOT NULL)`,
    values: [tenant],
  });
}

async function removing(
  client: ClientBase,
  { text, values }: { text: string; values: unknown[] },
): Promise<number> {
  return inTransaction(client, async () => {
    await client.query(`SET LOCAL nest_integrations.audit_removal = 'on'`);
    return (await client.query(text, values)).rowCount ?? 0;
  });
}
