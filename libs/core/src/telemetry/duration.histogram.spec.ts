import { describe, expect, it } from 'vitest';
import { BOUNDS_SECONDS } from './duration.histogram.js';
import { IntegrationDurations } from './integration.durations.js';

describe('durations', () => {
  it('fall into the first bucket that holds them, bounds included', () => {
    const durations = new IntegrationDurations();
    for (const ms of [0, 1, 1.1, 60_000, 60_001]) durations.attempted('webhook', 'delivered', ms);
    const [series] = durations.attempt.all();
    expect(series?.counts[0]).toBe(2);
    expect(series?.counts[1]).toBe(1);
    expect(series?.counts[BOUNDS_SECONDS.length - 1]).toBe(1);
    expect(series?.counts[BOUNDS_SECONDS.length]).toBe(1);
    expect(series?.count).toBe(5);
    expect(series?.sumSeconds).toBeCloseTo(120.0031);
  });

  it('stay few, whatever providers a host invents', () => {
    const durations = new IntegrationDurations();
    for (let n = 0; n < 1_000; n++) durations.attempted(`provider-${n}`, 'delivered', 1);
    const all = durations.attempt.all();
    expect(all.length).toBeLessThanOrEqual(201);
    expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
  });
});
