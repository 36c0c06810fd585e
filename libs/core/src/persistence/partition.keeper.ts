import { createPartitionsSql } from './partitions.js';

/** Enough for two missed weeks of upkeep, few enough that a statement opens few partitions. */
const WEEKS_AHEAD = 2;

/** Makes the partitions of this and the coming weeks where they are missing. */
export async function ensurePartitions(
  database: { query(sql: string): Promise<unknown> },
  schema: string,
  now: Date,
): Promise<void> {
  await database.query(createPartitionsSql(schema, now, { weeksAhead: WEEKS_AHEAD }));
}
