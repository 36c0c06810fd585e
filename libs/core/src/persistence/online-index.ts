import type { QueryRunner } from 'typeorm';

export interface OnlineIndex {
  readonly schema: string;
  /** A partitioned table. */
  readonly table: string;
  readonly name: string;
  /** What follows the table: `(subscription_id, id) WHERE due_at IS NOT NULL`. */
  readonly definition: string;
}

interface PartitionRow {
  readonly partition: string;
}

/**
 * Makes an index on a partitioned table beside those who write to it: CREATE INDEX itself would keep
 * writers out for as long as it takes. For a migration with `transaction = false`; what an interrupted
 * one left is made anew. All names are trusted.
 */
export async function createIndexOnline(runner: QueryRunner, index: OnlineIndex): Promise<void> {
  const { schema, table, name, definition } = index;
  await runner.query(`CREATE INDEX IF NOT EXISTS ${name} ON ONLY ${schema}.${table} ${definition}`);
  const partitions: PartitionRow[] = await runner.query(
    `SELECT c.relname AS partition FROM pg_inherits i
     JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = $1::regclass AND NOT EXISTS (
       SELECT FROM pg_index own JOIN pg_inherits attached ON attached.inhrelid = own.indexrelid
       WHERE own.indrelid = c.oid AND attached.inhparent = $2::regclass)`,
    [`${schema}.${table}`, `${schema}.${name}`],
  );
  for (const { partition } of partitions) {
    const part = `${partition}_${name}`.slice(-63);
    await runner.query(`DROP INDEX IF EXISTS ${schema}.${part}`);
    await runner.query(`CREATE INDEX CONCURRENTLY ${part} ON ${schema}.${partition} ${definition}`);
    await runner.query(`ALTER INDEX ${schema}.${name} ATTACH PARTITION ${schema}.${part}`);
  }
}
