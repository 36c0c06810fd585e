import { describe, expect, it } from 'vitest';
import { stuckAfterMs, stuckParts } from './liveness.js';

const well = { attemptOverdueMs: 0, queueStalledMs: 0, sweepSilentMs: 0 };
const limit = stuckAfterMs(30_000);

describe('a stuck worker', () => {
  it('is one with an attempt far beyond its deadline, a queue that stands, or no sweep', () => {
    expect(stuckParts({ ...well, attemptOverdueMs: limit + 1 }, limit)).toEqual([
      'an attempt is 90 s beyond its deadline',
    ]);
    expect(stuckParts({ ...well, queueStalledMs: limit + 1 }, limit)).toHaveLength(1);
    expect(stuckParts({ ...well, sweepSilentMs: limit + 1 }, limit)).toHaveLength(1);
  });

  it('is not one whose recorder still tries to reach the database', () => {
    expect(stuckParts({ ...well, attemptOverdueMs: 2 * 30_000 }, limit)).toEqual([]);
  });
});
