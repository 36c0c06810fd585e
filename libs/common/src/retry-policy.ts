import { z } from 'zod';

const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Waits before the second, third, … attempt, in seconds. The first attempt is made at once, so a
 * list of n waits is n + 1 attempts: the list is the only place that says how many there are.
 */
export const RETRY_PRESETS = {
  default: [
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
  ],
  short: [1 * MINUTE, 5 * MINUTE, 15 * MINUTE],
  none: [],
} as const satisfies Record<string, readonly number[]>;

export type RetryPresetName = keyof typeof RETRY_PRESETS;
export const RETRY_PRESET_NAMES = Object.keys(RETRY_PRESETS) as RetryPresetName[];

export const MAX_RETRIES = 50;
export const MAX_RETRY_DELAY_SECONDS = 7 * 24 * HOUR;

/** A preset by name, or an own list of waits in seconds. */
export const retryPolicySchema = z.union([
  z.enum(['default', 'short', 'none']),
  z.strictObject({
    delaysSeconds: z
      .array(z.number().min(0).max(MAX_RETRY_DELAY_SECONDS))
      .max(MAX_RETRIES)
      .describe('Seconds to wait before the second, third, … attempt.'),
    /** Share of a wait by which it may vary either way, 0 to 1. Default 0.1. */
    jitter: z.number().min(0).max(1).optional(),
    /** What a 4xx answer other than 408, 410, 425 and 429 means. Default `retry`. */
    onClientError: z.enum(['retry', 'reject']).optional(),
  }),
]);
export type RetryPolicy = z.output<typeof retryPolicySchema>;
