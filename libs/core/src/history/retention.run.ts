import type { ClientBase } from 'pg';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { RemovedHistory } from './history.retention.js';

/** One that has ended, and what it removed. */
export interface RetentionRun {
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly removed: RemovedHistory;
}

const count = z.number().int();
const removedHistory: z.ZodType<RemovedHistory> = z.object({
  partitions: z.array(z.string()),
  postponed: z.array(z.string()),
  deliveries: count,
  events: count,
  payloads: count,
  bodies: count,
  idempotencyKeys: count,
  threads: count,
  statistics: count,
  auditEntries: count,
});

/** Written over the one before, on the connection of the run itself, which has the lock. */
export async function noteRetentionRun(
  client: ClientBase,
  schema: string,
  { startedAt, finishedAt, removed }: RetentionRun,
): Promise<void> {
  await client.query(
    `INSERT INTO ${schema}.integration_retention_run (started_at, finished_at, removed)
     VALUES ($1, $2, $3)
     ON CONFLICT (is_last) DO UPDATE SET started_at = excluded.started_at,
       finished_at = excluded.finished_at, removed = excluded.removed`,
    [startedAt, finishedAt, JSON.stringify(removed)],
  );
}

/** In whichever process it was. Null: none has ended yet, or it was one of another version. */
export async function lastRetentionRun(
  dataSource: DataSource,
  schema: string,
): Promise<RetentionRun | null> {
  const [row]: { started_at: Date; finished_at: Date; removed: unknown }[] = await dataSource.query(
    `SELECT started_at, finished_at, removed FROM ${schema}.integration_retention_run`,
  );
  const removed = removedHistory.safeParse(row?.removed);
  if (!row || !removed.success) return null;
  return { startedAt: row.started_at, finishedAt: row.finished_at, removed: removed.data };
}
