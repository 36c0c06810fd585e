const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** A Monday, so that partitions begin on Mondays, UTC. */
const FIRST_MONDAY_MS = Date.UTC(1970, 0, 5);

/** Of our own choosing: one session at a time makes partitions. */
const PARTITION_LOCK = 7_101_957;

/** Tables partitioned by week on a UUIDv7. */
export const PARTITIONED_TABLES = ['integration_events', 'deliveries', 'delivery_logs'] as const;

export type PartitionedTable = (typeof PARTITIONED_TABLES)[number];

/** Half a page stays free for the versions that leases and results make of a row, so that they stay on its page. */
const STORAGE: Record<PartitionedTable, string> = {
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
  /** When it ends, in milliseconds since 1970. */
  readonly endsAt: number;
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
      endsAt: start + WEEK_MS,
    };
  });
}

/** `deliveries_w20261123` */
export function partitionName(
  table: PartitionedTable,
  { suffix }: Pick<Partition, 'suffix'>,
): string {
  return `${table}_w${suffix}`;
}

/** The week of a partition's name; null for the default partition and foreign tables. */
export function weekOf(table: PartitionedTable, name: string): Partition | null {
  const found = new RegExp(`^${table}_w(\\d{4})(\\d{2})(\\d{2})$`).exec(name);
  if (!found) return null;
  const day = new Date(`${found[1]}-${found[2]}-${found[3]}T00:00:00Z`);
  const [week] = Number.isNaN(day.getTime()) ? [] : weeklyPartitions(day, 0);
  return week && partitionName(table, week) === name ? week : null;
}

/**
 * SQL that makes one partition where it is missing. It is made beside the table and then attached,
 * which lets those who read and write go on; whatever holds the default partition for longer than
 * `waitMs` makes it fail, so that nobody queues behind it. `schema` is trusted.
 */
export function createPartitionSql(
  { schema, table, waitMs }: { schema: string; table: PartitionedTable; waitMs: number },
  week: Partition | 'default',
): string {
  const name = week === 'default' ? `${table}_default` : partitionName(table, week);
  const bound =
    week === 'default' ? 'DEFAULT' : `FOR VALUES FROM ('${week.from}') TO ('${week.to}')`;
  // Asked again under the lock: another process may have made it in between.
  return `DO $$ BEGIN
    IF to_regclass('${schema}.${name}') IS NOT NULL THEN RETURN; END IF;
    PERFORM set_config('lock_timeout', '${waitMs}ms', true);
    PERFORM pg_advisory_xact_lock(${PARTITION_LOCK});
    IF to_regclass('${schema}.${name}') IS NOT NULL THEN RETURN; END IF;
    CREATE TABLE ${schema}.${name} (LIKE ${schema}.${table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)${STORAGE[table]};
    ALTER TABLE ${schema}.${table} ATTACH PARTITION ${schema}.${name} ${bound};
  END $$`;
}
