import {
  MAX_RETRIES,
  MAX_RETRY_DELAY_SECONDS,
  RETRY_PRESET_NAMES,
  RETRY_PRESETS,
  retryPolicySchema,
} from '@nest-integrations/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryScheduleOf } from './retry-schedule.js';

const anyNumber = fc.oneof(
  fc.double(),
  fc.integer({ min: -5, max: MAX_RETRY_DELAY_SECONDS + 5 }),
  fc.constantFrom(
    0,
    -0,
    MAX_RETRY_DELAY_SECONDS,
    MAX_RETRY_DELAY_SECONDS + 1,
    Infinity,
    Number.NaN,
  ),
);
const isWait = (seconds: number) => seconds >= 0 && seconds <= MAX_RETRY_DELAY_SECONDS;

describe('a retry policy', () => {
  it.each(RETRY_PRESET_NAMES)(
    'of the preset %s is accepted, and waits longer each time',
    (name) => {
      expect(retryPolicySchema.parse(name)).toBe(name);
      const { delaysMs } = retryScheduleOf(name);
      expect(delaysMs).toEqual(RETRY_PRESETS[name].map((seconds) => seconds * 1_000));
      delaysMs.slice(1).forEach((delay, i) => {
        expect(delay).toBeGreaterThan(delaysMs[i] ?? Infinity);
      });
    },
  );

  it('of an own list is accepted if every wait is one, and there are not too many', () => {
    fc.assert(
      fc.property(fc.array(anyNumber, { maxLength: MAX_RETRIES + 5 }), (delaysSeconds) => {
        const isRight = delaysSeconds.length <= MAX_RETRIES && delaysSeconds.every(isWait);
        expect(retryPolicySchema.safeParse({ delaysSeconds }).success).toBe(isRight);
      }),
    );
  });

  it('has a jitter from none to all of a wait, and no other', () => {
    fc.assert(
      fc.property(anyNumber, (jitter) => {
        const parsed = retryPolicySchema.safeParse({ delaysSeconds: [1], jitter });
        expect(parsed.success).toBe(jitter >= 0 && jitter <= 1);
      }),
    );
  });

  it('that is accepted has as many retries as waits, in their order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: MAX_RETRY_DELAY_SECONDS, noNaN: true }), {
          maxLength: MAX_RETRIES,
        }),
        (delaysSeconds) => {
          const policy = retryPolicySchema.parse({ delaysSeconds });
          expect(retryScheduleOf(policy).delaysMs).toEqual(delaysSeconds.map((s) => s * 1_000));
        },
      ),
    );
  });

  it.each([
    ['a preset that there is not', 'sometimes'],
    ['a list alone', [1, 2]],
    ['a key that there is not', { delaysSeconds: [1], maxAttempts: 3 }],
    ['no list', { jitter: 0.1 }],
    ['waits as texts', { delaysSeconds: ['1'] }],
  ])('is refused as %s', (_what, policy) => {
    expect(retryPolicySchema.safeParse(policy).success).toBe(false);
  });
});
