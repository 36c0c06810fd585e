import { RETRY_PRESETS } from '@nest-integrations/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delivered, rejected, retry } from '../providers/delivery-outcome.js';
import { nextStep } from './next-step.js';
import { retryScheduleOf } from './retry-schedule.js';

const noJitter = () => 0.5;
const schedule = retryScheduleOf({ delaysSeconds: [5, 60], jitter: 0 });

describe('the next step of a delivery', () => {
  it('ends delivered after a success, whatever came before', () => {
    expect(nextStep({ schedule, retries: 2, outcome: delivered(), random: noJitter })).toEqual({
      state: 'delivered',
    });
  });

  it('reaches every step of the schedule, then fails', () => {
    const steps = [0, 1, 2].map((retries) =>
      nextStep({ schedule, retries, outcome: retry('HTTP 500'), random: noJitter }),
    );
    expect(steps).toEqual([
      { state: 'retrying', inMs: 5_000 },
      { state: 'retrying', inMs: 60_000 },
      { state: 'failed', why: 'exhausted' },
    ]);
  });

  it('makes ten attempts by the default policy: at once, then nine retries over three days', () => {
    const { delaysMs } = retryScheduleOf('default');
    expect(delaysMs).toHaveLength(9);
    expect(delaysMs[0]).toBe(5_000);
    expect(delaysMs.at(-1)).toBe(24 * 60 * 60 * 1_000);
    expect(RETRY_PRESETS.none).toHaveLength(0);
  });

  it('does not retry what was rejected', () => {
    const outcome = rejected('no such channel');
    expect(nextStep({ schedule, retries: 0, outcome, random: noJitter })).toEqual({
      state: 'failed',
      why: 'rejected',
    });
  });

  it('lets the policy decide on client errors', () => {
    const outcome = retry('HTTP 404', { clientError: true });
    const strict = retryScheduleOf({ delaysSeconds: [5], onClientError: 'reject' });
    expect(nextStep({ schedule, retries: 0, outcome, random: noJitter }).state).toBe('retrying');
    expect(nextStep({ schedule: strict, retries: 0, outcome, random: noJitter }).state).toBe(
      'failed',
    );
  });

  it('waits as long as the receiver asked, where that is longer than the schedule', () => {
    const asked = retry('HTTP 429', { afterMs: 120_000 });
    expect(nextStep({ schedule, retries: 0, outcome: asked, random: noJitter })).toEqual({
      state: 'retrying',
      inMs: 120_000,
    });
  });

  it('never waits less than the receiver asked, nor outside the jitter of the schedule', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 86_400 }),
        fc.integer({ min: 0, max: 600_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seconds, afterMs, jitter, chance) => {
          const step = nextStep({
            schedule: retryScheduleOf({ delaysSeconds: [seconds], jitter }),
            retries: 0,
            outcome: retry('busy', { afterMs }),
            random: () => chance,
          });
          if (step.state !== 'retrying') throw new Error(`is ${step.state}`);
          const most = Math.max(seconds * 1_000, afterMs) * (1 + jitter) + 1;
          expect(step.inMs).toBeGreaterThanOrEqual(afterMs - 1);
          expect(step.inMs).toBeGreaterThanOrEqual(seconds * 1_000 * (1 - jitter) - 1);
          expect(step.inMs).toBeLessThanOrEqual(most);
        },
      ),
    );
  });
});
