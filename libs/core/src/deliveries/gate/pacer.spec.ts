import { describe, expect, it } from 'vitest';
import { Pacer } from './pacer.js';

const rate = { limit: 10, per: 'second' } as const;

describe('the pacer', () => {
  it('keeps attempts apart that come at once', () => {
    const pacer = new Pacer();
    expect([0, 1, 2].map(() => pacer.waitFor('a', rate, 1_000))).toEqual([0, 100, 200]);
    expect(pacer.waitFor('b', rate, 1_000)).toBe(0);
  });

  it('holds up none that comes in its time', () => {
    const pacer = new Pacer();
    expect([1_000, 1_100, 1_250].map((now) => pacer.waitFor('a', rate, now))).toEqual([0, 0, 0]);
  });
});
