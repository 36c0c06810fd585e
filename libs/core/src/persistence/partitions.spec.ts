import { newId } from '@nest-integrations/common';
import { describe, expect, it } from 'vitest';
import {
  createPartitionSql,
  PARTITIONED_TABLES,
  partitionName,
  uuidFloor,
  weeklyPartitions,
  weekOf,
} from './partitions.js';

describe('weekly partitions', () => {
  it('join without a gap and hold an id of now', () => {
    const weeks = weeklyPartitions(new Date(), 3);
    const id = newId();
    expect(weeks).toHaveLength(4);
    expect(id >= (weeks[0]?.from ?? '') && id < (weeks[0]?.to ?? '')).toBe(true);
    for (let i = 1; i < weeks.length; i++) expect(weeks[i]?.from).toBe(weeks[i - 1]?.to);
  });

  it('begin on Mondays, UTC, and last a week', () => {
    const [week] = weeklyPartitions(new Date('2026-11-25T13:00:00Z'), 0);
    expect(week?.suffix).toBe('20261123');
    expect(week?.from).toBe(uuidFloor(Date.UTC(2026, 10, 23)));
    expect(week?.endsAt).toBe(Date.UTC(2026, 10, 30));
  });

  it('are known again by their names, and only by them', () => {
    for (const table of PARTITIONED_TABLES) {
      for (const week of weeklyPartitions(new Date('2026-12-25T13:00:00Z'), 3)) {
        expect(weekOf(table, partitionName(table, week))).toEqual(week);
      }
      for (const other of [`${table}_default`, `${table}_w20261124`, `${table}_w2026`, 'orders']) {
        expect(weekOf(table, other)).toBeNull();
      }
    }
    expect(weekOf('deliveries', 'delivery_logs_w20261123')).toBeNull();
  });

  it('are attached beside those who read and write, with a limit to the wait', () => {
    const place = { schema: 'shop', table: 'deliveries', waitMs: 100 } as const;
    const [week] = weeklyPartitions(new Date('2026-11-25T13:00:00Z'), 0);
    const sql = createPartitionSql(place, week ?? 'default');
    expect(sql).toContain('CREATE TABLE shop.deliveries_w20261123 (LIKE shop.deliveries');
    expect(sql).toContain('ATTACH PARTITION shop.deliveries_w20261123 FOR VALUES FROM');
    expect(sql).toContain("'lock_timeout', '100ms'");
    expect(createPartitionSql(place, 'default')).toContain('shop.deliveries_default DEFAULT');
  });
});
