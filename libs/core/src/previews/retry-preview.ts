import { retryPolicySchema, type RetryPolicy } from '@nest-integrations/common';
import { InvalidInputError } from '../integration.error.js';
import { retryScheduleOf } from '../deliveries/retry-schedule.js';
import { problemsOf } from '../schema/zod-problems.js';

export interface RetryPreview {
  readonly attempts: readonly PreviewedAttempt[];
  /** It is given up when the last attempt has failed. */
  readonly givesUpAfter: PreviewedAttempt;
}

/** Since the first attempt, in milliseconds; what the attempts themselves take comes on top. */
export interface PreviewedAttempt {
  /** From 1. */
  readonly attempt: number;
  readonly afterMs: number;
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** When a delivery that keeps failing is attempted. @throws InvalidInputError */
export function retryPreview(policy: RetryPolicy): RetryPreview {
  const parsed = retryPolicySchema.safeParse(policy);
  if (!parsed.success) throw new InvalidInputError(problemsOf(parsed.error, 'retryPolicy'));
  const { delaysMs, jitter } = retryScheduleOf(parsed.data);
  let last: PreviewedAttempt = { attempt: 1, afterMs: 0, earliestMs: 0, latestMs: 0 };
  const attempts = [last];
  for (const delay of delaysMs) {
    last = {
      attempt: last.attempt + 1,
      afterMs: last.afterMs + delay,
      earliestMs: Math.round(last.earliestMs + delay * (1 - jitter)),
      latestMs: Math.round(last.latestMs + delay * (1 + jitter)),
    };
    attempts.push(last);
  }
  return { attempts, givesUpAfter: last };
}
