import { RETRY_PRESETS, type RetryPolicy } from '@nest-integrations/common';

/** A retry policy in the form that decisions use. */
export interface RetrySchedule {
  /** Waits before the second, third, … attempt. Their number is the number of retries. */
  readonly delaysMs: readonly number[];
  /** Share of a wait by which it varies either way. */
  readonly jitter: number;
  readonly onClientError: 'retry' | 'reject';
}

const DEFAULT_JITTER = 0.1;

export function retryScheduleOf(policy: RetryPolicy): RetrySchedule {
  const custom: Exclude<RetryPolicy, string> =
    typeof policy === 'string' ? { delaysSeconds: [...RETRY_PRESETS[policy]] } : policy;
  return {
    delaysMs: custom.delaysSeconds.map((seconds) => seconds * 1_000),
    jitter: custom.jitter ?? DEFAULT_JITTER,
    onClientError: custom.onClientError ?? 'retry',
  };
}
