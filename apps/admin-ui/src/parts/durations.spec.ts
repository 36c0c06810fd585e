import { describe, expect, it } from 'vitest';
import { distance, duration } from './durations';

describe('duration', () => {
  it.each([
    [0, '0 ms'],
    [420.4, '420 ms'],
    [1_500, '1.5 s'],
    [14_000, '14 s'],
    [125_000, '2 min 5 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [90_061_000, '1 d 1 h'],
  ])('says %d ms in its two largest units', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('distance', () => {
  const now = Date.parse('2026-01-31T12:00:00Z');

  it.each([
    [-2_000, 'just now'],
    [2_000, 'in a moment'],
    [-61_000, '1 min ago'],
    [7_200_000, 'in 2 h'],
    [-3 * 86_400_000, '3 d ago'],
  ])('says %d ms from now as a person would', (ms, text) => {
    expect(distance(now + ms, now)).toBe(text);
  });
});
