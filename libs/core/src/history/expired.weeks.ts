import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { dropPartition, partitionsOf, type Dropped } from '../persistence/partition.dropper.js';
import {
  partitionName,
  PARTITIONED_TABLES,
  type Partition,
  type PartitionedTable,
} from '../persistence/partitions.js';
import type { Signal } from './batches.js';
import { LIVE } from './expired.rows.js';

/** Somebody reads or writes the table at nearly every moment: a gap is found within a few tries. */
const TRIES = 10;
const TRY_AGAIN_MS = 500;

export interface WeeksRemoved {
  /** Names of the partitions that were dropped. */
  readonly dropped: string[];
  /** Weeks in which something is still live: what is final in them goes row by row. */
  readonly kept: Partition[];
  /** Names of partitions whose tables had no gap in their use: left to the next run. */
  readonly busy: string[];
}

/** Drops whole weeks that ended before `before`: deliveries first, their attempts, then the events. */
export async function dropExpiredWeeks(
  client: ClientBase,
  { schema, before }: { schema: string; before: Date },
  signal: Signal,
): Promise<WeeksRemoved> {
  const removed: WeeksRemoved = { dropped: [], kept: [], busy: [] };
  const partitions = await partitionsOf(client, schema);
  for (const week of expired(partitions, before)) {
    for (const table of ['deliveries', 'delivery_logs', 'integration_events'] as const) {
      if (signal.aborted) return removed;
      const isThere = partitions.get(table)?.some(({ suffix }) => suffix === week.suffix);
      if (!isThere) continue;
      const name = partitionName(table, week);
      const stillNeeded = stillNeededSql(schema, table, week);
      // Asked before as well: nobody is locked out for a week that can't go anyway.
      const isNeeded = stillNeeded && (await client.query(stillNeeded)).rowCount !== 0;
      const outcome = isNeeded
        ? 'needed'
        : await drop(client, { schema, table, week, stillNeeded }, signal);
      if (outcome === 'dropped') removed.dropped.push(name);
      if (outcome === 'busy') removed.busy.push(name);
      if (outcome === 'needed') removed.kept.push(week);
      // What follows is needed for as long as this is there.
      if (outcome !== 'dropped') break;
    }
  }
  return removed;
}

async function drop(
  client: ClientBase,
  partition: Parameters<typeof dropPartition>[1],
  signal: Signal,
): Promise<Dropped> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await dropPartition(client, partition);
    if (outcome !== 'busy' || attempt === TRIES || signal.aborted) return outcome;
    await delay(TRY_AGAIN_MS);
  }
}

function expired(
  partitions: ReadonlyMap<PartitionedTable, readonly Partition[]>,
  before: Date,
): Partition[] {
  const weeks = new Map<string, Partition>();
  for (const table of PARTITIONED_TABLES) {
    for (const week of partitions.get(table) ?? []) {
      if (week.endsAt <= before.getTime()) weeks.set(week.suffix, week);
    }
  }
  return [...weeks.values()].sort((a, b) => a.endsAt - b.endsAt);
}

/** Answers a row where something live is in the week, or needs an event of it. */
function stillNeededSql(s: string, table: PartitionedTable, week: Partition): string | undefined {
  switch (table) {
    case 'deliveries':
      return `SELECT 1 FROM ${s}.${partitionName(table, week)} WHERE state IN ${LIVE} LIMIT 1`;
    case 'integration_events':
      return `SELECT 1 FROM ${s}.deliveries WHERE state IN ${LIVE}
        AND event_id >= '${week.from}' AND event_id < '${week.to}' LIMIT 1`;
    case 'delivery_logs':
      return undefined;
  }
}
