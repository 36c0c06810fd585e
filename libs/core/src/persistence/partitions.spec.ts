import { newId } from '@nest-integrations/common';
import { describe, expect, it } from 'vitest';
import { createPartitionsSql, uuidFloor, weeklyPartitions } from './partitions.js';

describe('weekly partitions', () => {
  it('join without a gap and hold an id of now', () => {
    const weeks = weeklyPartitions(new Date(), 3);
    const id = newId();
    expect(weeks).toHaveLength(4);
    expect(id >= (weeks[0]?.from ?? '') && id < (weeks[0]?.to ?? '')).toBe(true);
    for (let i = 1; i < weeks.length; i++) expect(weeks[i]?.from).toBe(weeks[i - 1]?.to);
  });

  it('begin on Mondays, UTC', () => {
    const [week] = weeklyPartitions(new Date('2026-11-25T13:00:00Z'), 0);
    expect(week?.suffix).toBe('20261123');
    expect(week?.from).toBe(uuidFloor(Date.UTC(2026, 10, 23)));
  });

  it('are made for every partitioned table, with a default for other times', () => {
    const sql = createPartitionsSql('shop', new Date('2026-11-25T13:00:00Z'), { weeksAhead: 1 });
    for (const table of ['integration_events', 'deliveries', 'delivery_logs']) {
      expect(sql).toContain(`shop.${table}_default`);
      expect(sql).toContain(`shop.${table}_w20261123`);
      expect(sql).toContain(`shop.${table}_w20261130`);
    }
  });
});
