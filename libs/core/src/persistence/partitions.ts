import { LOCK_TIMEOUT_MS } from './giving-way.js';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** A Monday, so that partitions begin on Mondays, UTC. */
const FIRST_MONDAY_MS = Date.UTC(1970, 0, 5);

/** Of our own choosing: one session at a time makes partitions. */
const PARTITION_LOCK = 7_101_957;

/** Tables partitioned by week on a UUIDv7. */
export const PARTITIONED_TABLES = ['integration_events', 'deliveries', 'delivery_logs'] as const;

/** Half a page stays free for the versions that leases and results make of a row, so that they stay on its page. */
const STORAGE: Record<(typeof PARTITIONED_TABLES)[number], string> = {
  integration_events: '',
  deliveries: ' WITH (fillfactor = 50)',
  delivery_logs: '',
};

/** The smallest UUIDv7-ordered value of a moment: its 48 bits of milliseconds, then zeros. */
export function uuidFloor(at: number): string {
  const hex = Math.max(0, at).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}

export interface Partition {
  readonly suffix: string;
  readonly from: string;
  readonly to: string;
}

/** The weeks from that of `now` on; a row of another time falls into the default partition. */
export function weeklyPartitions(now: Date, weeksAhead: number): Partition[] {
  const week = Math.floor((now.getTime() - FIRST_MONDAY_MS) / WEEK_MS);
  return Array.from({ length: weeksAhead + 1 }, (_, ahead) => {
    const start = FIRST_MONDAY_MS + (week + ahead) * WEEK_MS;
    return {
      suffix: new Date(start).toISOString().slice(0, 10).replaceAll('-', ''),
      from: uuidFloor(start),
      to: uuidFloor(start + WEEK_MS),
    };
  });
}

/** SQL that makes the partitions of the coming weeks where they are missing. `schema` is trusted. */
export function createPartitionsSql(
  schema: string,
  now: Date,
  { weeksAhead }: { weeksAhead: number },
): string {
  const weeks = weeklyPartitions(now, weeksAhead);
  const tables = PARTITIONED_TABLES.flatMap((table) => [
    `CREATE TABLE IF NOT EXISTS ${schema}.${table}_default PARTITION OF ${schema}.${table} DEFAULT`,
    ...weeks.map(
      ({ suffix, from, to }) =>
        `CREATE TABLE IF NOT EXISTS ${schema}.${table}_w${suffix} PARTITION OF ${schema}.${table} FOR VALUES FROM ('${from}') TO ('${to}')${STORAGE[table]}`,
    ),
  ]);
  // IF NOT EXISTS does not keep two sessions from making one table at the same moment.
  return [
    `SELECT pg_advisory_xact_lock(${PARTITION_LOCK})`,
    `SELECT set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true)`,
    ...tables,
  ].join(';\n');
}
