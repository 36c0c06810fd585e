export interface FailingSpan {
  /** From the first failure to the last, in milliseconds, with no success between. */
  readonly failingForMs: number;
  /** True: this span has been announced. */
  readonly isAnnounced: boolean;
}

export interface HealthLimits {
  readonly failingAfterMs: number;
  readonly disableAfterMs: number;
}

export type HealthDecision = 'disable' | 'announce' | 'wait';

/** What is due for a subscription that fails. Its last failure counts, not the time since: who is not called does not fail. */
export function healthDecision(span: FailingSpan, limits: HealthLimits): HealthDecision {
  if (span.failingForMs >= limits.disableAfterMs) return 'disable';
  if (span.failingForMs >= limits.failingAfterMs && !span.isAnnounced) return 'announce';
  return 'wait';
}
