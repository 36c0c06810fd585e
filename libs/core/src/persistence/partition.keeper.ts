import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import {
  createPartitionSql,
  PARTITIONED_TABLES,
  partitionName,
  weeklyPartitions,
  type Partition,
  type PartitionedTable,
} from './partitions.js';
import { isLockTimeout, sqlStateOf } from './sql-state.js';

/** Enough for two missed weeks of upkeep, few enough that a statement opens few partitions. */
const WEEKS_AHEAD = 2;
/** While one waits to attach a partition, those who come after it wait too. */
const WAIT_MS = 100;
const TRIES = 20;
const TRY_AGAIN_MS = 250;
const CHECK_VIOLATION = '23514';

interface Database {
  query(sql: string): Promise<unknown>;
}

/**
 * Makes the partitions of this and the coming weeks where they are missing. Nothing depends on it to
 * write: what has no partition of its week goes to the default one. A week that has begun there, while
 * nobody made partitions or a clock was wrong, stays there.
 */
export async function ensurePartitions(
  database: Database,
  schema: string,
  now: Date,
): Promise<void> {
  let tries = TRIES;
  for (const table of PARTITIONED_TABLES) {
    for (const week of ['default', ...weeklyPartitions(now, WEEKS_AHEAD)] as const) {
      const isInTheWay = !(await ensure(database, { schema, table, tries }, week));
      // What keeps one waiting keeps the others: a start has waited long enough.
      if (isInTheWay) tries = 1;
    }
  }
}

/** False: somebody uses the table, and it is left to the next run. */
async function ensure(
  database: Database,
  { schema, table, tries }: { schema: string; table: PartitionedTable; tries: number },
  week: Partition | 'default',
): Promise<boolean> {
  const sql = createPartitionSql({ schema, table, waitMs: WAIT_MS }, week);
  const partition = week === 'default' ? `${table}_default` : partitionName(table, week);
  for (let attempt = 1; ; attempt++) {
    try {
      await database.query(sql);
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (sqlStateOf(error) === CHECK_VIOLATION) {
        logger.warn({ event: 'history.partition_not_made', partition, reason });
        return true;
      }
      if (!isLockTimeout(error)) throw error;
      if (attempt === tries) {
        logger.warn({ event: 'history.partition_postponed', partition, reason });
        return false;
      }
      await delay(TRY_AGAIN_MS);
    }
  }
}

const logger = new Logger('IntegrationHistory');
