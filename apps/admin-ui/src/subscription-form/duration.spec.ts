import { describe, expect, it } from 'vitest';
import { secondsIn, waitText } from './duration';

describe('a wait', () => {
  it.each([
    ['90', 90],
    ['5m', 300],
    ['5 min', 300],
    ['1h 30min', 5_400],
    ['2d', 172_800],
    ['soon', null],
    ['5 min ago', null],
  ])('typed as %s is understood', (text, seconds) => {
    expect(secondsIn(text)).toBe(seconds);
  });

  it.each([0.5, 5, 300, 5_400, 86_400])('of %d s reads back as it is shown', (seconds) => {
    const text = waitText(seconds);
    expect(seconds < 1 ? null : seconds).toBe(secondsIn(text));
  });

  it('of nothing is said in words', () => {
    expect(waitText(0)).toBe('at once');
  });
});
