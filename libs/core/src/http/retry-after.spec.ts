import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.js';

const now = new Date('1994-11-06T08:49:37Z');
const DAY_MS = 86_400_000;

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 5 ', 5_000],
    ['0', 0],
    ['1.5', 1_500],
    ['Sun, 06 Nov 1994 08:50:37 GMT', 60_000],
    ['Sunday, 06-Nov-94 08:49:47 GMT', 10_000],
    ['Sun Nov  6 08:49:47 1994', 10_000],
  ])('reads %j', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });

  it.each(['-5', 'Sun, 06 Nov 1994 08:49:36 GMT'])(
    'takes %j, which has passed, for now',
    (header) => {
      expect(retryAfterMs(header, now)).toBe(0);
    },
  );

  it.each([
    undefined,
    '',
    'soon',
    '5 apples',
    '1994-11-06',
    'Sun, nonsense 99:99:99 GMT',
    '1e3',
    [],
  ])('ignores %j', (header) => {
    expect(retryAfterMs(header, now)).toBeUndefined();
  });

  it.each(['99999999999999999999999', 'Sun, 06 Nov 2094 08:49:37 GMT'])(
    'never waits longer than seven days: %j',
    (header) => {
      expect(retryAfterMs(header, now)).toBe(7 * DAY_MS);
    },
  );

  it('takes the first of several', () => {
    expect(retryAfterMs(['3', '4'], now)).toBe(3_000);
  });

  it('reads what a Date prints', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7 * 86_400 }), (seconds) => {
        const at = new Date(now.getTime() + seconds * 1_000);
        expect(retryAfterMs(at.toUTCString(), now)).toBe(seconds * 1_000);
      }),
    );
  });
});
