import type { ClientBase } from 'pg';
import {
  PARTITIONED_TABLES,
  partitionName,
  weekOf,
  type Partition,
  type PartitionedTable,
} from './partitions.js';
import { isLockTimeout } from './sql-state.js';

/**
 * Dropping a partition locks its table for a moment, and while one waits for that lock all who come
 * after it wait too. So one does not wait for long.
 */
const WAIT_MS = 100;

export interface DropPartition {
  readonly schema: string;
  readonly table: PartitionedTable;
  readonly week: Partition;
  /** SQL that answers a row where the partition is still needed; asked while nobody can write to it. */
  readonly stillNeeded?: string;
}

/** `busy`: somebody uses the table; try again later. `needed`: `stillNeeded` found something. */
export type Dropped = 'dropped' | 'busy' | 'needed';

export async function dropPartition(
  client: ClientBase,
  { schema, table, week, stillNeeded }: DropPartition,
): Promise<Dropped> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = '${WAIT_MS}ms'`);
    await client.query(`LOCK TABLE ONLY ${schema}.${table} IN ACCESS EXCLUSIVE MODE`);
    if (stillNeeded && (await client.query(stillNeeded)).rowCount !== 0) {
      await client.query('ROLLBACK');
      return 'needed';
    }
    await client.query(`DROP TABLE ${schema}.${partitionName(table, week)}`);
    await client.query('COMMIT');
    return 'dropped';
  } catch (error) {
    await client.query('ROLLBACK');
    if (isLockTimeout(error)) return 'busy';
    throw error;
  }
}

/** The weeks that the tables have partitions of, by table. */
export async function partitionsOf(
  client: ClientBase,
  schema: string,
): Promise<Map<PartitionedTable, Partition[]>> {
  const { rows } = await client.query<{ parent: string; name: string }>(
    `SELECT parent.relname AS parent, part.relname AS name
     FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid
     JOIN pg_class parent ON parent.oid = inhparent
     JOIN pg_namespace n ON n.oid = parent.relnamespace
     WHERE n.nspname = $1 AND parent.relname = ANY($2) ORDER BY part.relname`,
    [schema, PARTITIONED_TABLES],
  );
  return new Map(
    PARTITIONED_TABLES.map((table) => [
      table,
      rows.flatMap(({ parent, name }) => {
        const week = parent === table ? weekOf(table, name) : null;
        return week ? [week] : [];
      }),
    ]),
  );
}
