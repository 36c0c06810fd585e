import { describe, expect, it } from 'vitest';
import { latencyQuantile, noLatencies } from './latency-counts.js';
import { BUCKET_MS, StatisticsTally } from './statistics-tally.js';

describe('statistics of attempts', () => {
  it('count each attempt once, by subscription and span', () => {
    const tally = new StatisticsTally();
    tally.note({ subscriptionId: 'a', state: 'delivered', latencyMs: 3 }, BUCKET_MS);
    tally.note({ subscriptionId: 'a', state: 'retrying', latencyMs: 3 }, 2 * BUCKET_MS - 1);
    tally.note({ subscriptionId: 'a', state: 'failed', latencyMs: 99_000 }, 2 * BUCKET_MS);
    tally.note({ subscriptionId: 'b', state: 'delivered', latencyMs: 3 }, BUCKET_MS);
    const taken = tally.take();
    expect(taken).toHaveLength(3);
    expect(taken[0]).toMatchObject({ bucket: BUCKET_MS, delivered: 1, retried: 1, failed: 0 });
    expect(taken[1]).toMatchObject({ bucket: 2 * BUCKET_MS, delivered: 0, failed: 1 });
    expect(taken[1]?.latencies.at(-1)).toBe(1);
    expect(tally.take()).toEqual([]);
  });

  it('that could not be written are written with the next', () => {
    const tally = new StatisticsTally();
    tally.note({ subscriptionId: 'a', state: 'delivered', latencyMs: 3 }, 0);
    const taken = tally.take();
    tally.note({ subscriptionId: 'a', state: 'delivered', latencyMs: 3 }, 1);
    tally.putBack(taken);
    expect(tally.take()).toMatchObject([{ delivered: 2 }]);
  });

  it('tell quantiles within the class that holds them', () => {
    expect(latencyQuantile(noLatencies(), 0.5)).toBeNull();
    const counts = noLatencies();
    counts[3] = 100; // above 5, up to 10 ms
    expect(latencyQuantile(counts, 0.5)).toBe(7.5);
    counts[15] = 10; // above a minute
    expect(latencyQuantile(counts, 0.99)).toBe(60_000);
  });
});
