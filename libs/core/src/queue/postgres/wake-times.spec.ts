import { describe, expect, it } from 'vitest';
import { WakeTimes } from './wake-times.js';

describe('wake times', () => {
  it('come one after the other, whatever order they were added in', () => {
    const times = new WakeTimes();
    for (const at of [300, 100, 200, 100]) times.add(at);
    expect(times.next).toBe(100);
    times.dropUntil(100);
    expect(times.next).toBe(200);
    times.dropUntil(1_000);
    expect(times.next).toBe(Infinity);
  });

  it('never come before the moment that was meant', () => {
    const times = new WakeTimes();
    times.add(101.2);
    expect(times.next).toBeGreaterThanOrEqual(101.2);
  });

  it('are bounded: the furthest are left out', () => {
    const times = new WakeTimes();
    for (let n = 5_000; n > 0; n--) times.add(n * 10);
    expect(times.next).toBe(10);
    times.dropUntil(10_000);
    expect(times.next).toBe(Infinity);
  });
});
