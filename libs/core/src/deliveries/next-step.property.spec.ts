import {
  MAX_RETRIES,
  MAX_RETRY_DELAY_SECONDS,
  RETRY_PRESET_NAMES,
  type RetryPolicy,
} from '@nest-integrations/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delivered, rejected, retry, type DeliveryOutcome } from '../providers/delivery-outcome.js';
import { nextStep, type NextStep } from './next-step.js';
import { retryScheduleOf } from './retry-schedule.js';

const MAX_WAIT_MS = MAX_RETRY_DELAY_SECONDS * 1_000;

const share = fc.double({ min: 0, max: 1, noNaN: true });
const policies: fc.Arbitrary<RetryPolicy> = fc.oneof(
  fc.constantFrom(...RETRY_PRESET_NAMES),
  fc.record(
    {
      delaysSeconds: fc.array(fc.double({ min: 0, max: MAX_RETRY_DELAY_SECONDS, noNaN: true }), {
        maxLength: MAX_RETRIES,
      }),
      jitter: share,
      onClientError: fc.constantFrom('retry', 'reject'),
    },
    { requiredKeys: ['delaysSeconds'] },
  ),
);
/** Any wait that a provider may come up with, absurd ones too. */
const waits = fc.oneof(
  fc.double({ min: 0, max: MAX_WAIT_MS, noNaN: true }),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
);
const outcomes: fc.Arbitrary<DeliveryOutcome> = fc.oneof(
  fc.constant(delivered()),
  fc.constant(rejected('no such channel')),
  fc
    .record({ afterMs: waits, clientError: fc.boolean() }, { requiredKeys: [] })
    .map((details) => retry('busy', details)),
);

/** All attempts of a delivery, from its start or its replay, until it ends or the outcomes are used up. */
function attemptsOf(given: {
  policy: RetryPolicy;
  outcomes: readonly DeliveryOutcome[];
  chance: number;
}): { outcome: DeliveryOutcome; step: NextStep }[] {
  const schedule = retryScheduleOf(given.policy);
  const made: { outcome: DeliveryOutcome; step: NextStep }[] = [];
  let retries = 0; // Counted as the database counts: one more for each step that retries.
  for (const outcome of given.outcomes) {
    const step = nextStep({ schedule, retries, outcome, random: () => given.chance });
    made.push({ outcome, step });
    if (step.state !== 'retrying') break;
    retries++;
  }
  return made;
}

const histories = fc.record({
  policy: policies,
  outcomes: fc.array(outcomes, { minLength: MAX_RETRIES + 1, maxLength: MAX_RETRIES + 1 }),
  chance: share,
});
const endlessTrouble = fc.record({
  policy: policies,
  outcomes: fc.constant(Array.from({ length: MAX_RETRIES + 2 }, () => retry('HTTP 503'))),
  chance: share,
});

describe('a delivery, whatever happens to it,', () => {
  it('ends, within the attempts of its policy', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const made = attemptsOf(history);
        expect(made.at(-1)?.step.state).not.toBe('retrying');
        expect(made.length).toBeLessThanOrEqual(
          retryScheduleOf(history.policy).delaysMs.length + 1,
        );
      }),
    );
  });

  it('ends delivered by a success and by nothing else', () => {
    fc.assert(
      fc.property(histories, (history) => {
        for (const { outcome, step } of attemptsOf(history)) {
          expect(step.state === 'delivered').toBe(outcome.kind === 'delivered');
        }
      }),
    );
  });

  it('ends failed at once by a rejection, and by a client error where the policy says so', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { onClientError } = retryScheduleOf(history.policy);
        for (const { outcome, step } of attemptsOf(history)) {
          const isRejection =
            outcome.kind === 'rejected' ||
            (outcome.kind === 'retry' && outcome.clientError && onClientError === 'reject');
          expect(step.state === 'failed' && step.why === 'rejected').toBe(Boolean(isRejection));
        }
      }),
    );
  });

  it('makes every retry of its schedule while it fails, each in its turn, and then no more', () => {
    fc.assert(
      fc.property(endlessTrouble, (history) => {
        const { delaysMs, jitter } = retryScheduleOf(history.policy);
        const steps = attemptsOf(history).map(({ step }) => step);
        expect(steps).toHaveLength(delaysMs.length + 1);
        expect(steps.pop()).toEqual({ state: 'failed', why: 'exhausted' });
        steps.forEach((step, i) => {
          const delay = delaysMs[i] ?? Number.NaN;
          const waited = step.state === 'retrying' ? step.inMs : Number.NaN;
          expect(waited).toBeGreaterThanOrEqual(Math.floor(delay * (1 - jitter)));
          expect(waited).toBeLessThanOrEqual(Math.ceil(delay * (1 + jitter)));
        });
      }),
    );
  });

  it('waits no less than it was asked to, up to a week, and never without an end', () => {
    fc.assert(
      fc.property(policies, waits, share, (policy, afterMs, chance) => {
        const schedule = retryScheduleOf(policy);
        const outcome = retry('busy', { afterMs });
        const step = nextStep({ schedule, retries: 0, outcome, random: () => chance });
        if (step.state !== 'retrying') {
          expect(schedule.delaysMs).toHaveLength(0);
          return;
        }
        expect(Number.isSafeInteger(step.inMs)).toBe(true);
        expect(step.inMs).toBeGreaterThanOrEqual(Math.floor(Math.min(afterMs, MAX_WAIT_MS)));
        expect(step.inMs).toBeLessThanOrEqual(2 * MAX_WAIT_MS);
      }),
    );
  });
});
