import type { DeliveryOutcome } from '@nest-integrations/core';

/** An attempt that ended, and not in a delivery. */
export type JiraFailure = Exclude<DeliveryOutcome, { readonly kind: 'delivered' }>;

/** Ends an attempt, a test or a list of options: says how, and with which cure. */
export class JiraError extends Error {
  constructor(readonly outcome: JiraFailure) {
    super(outcome.reason);
    this.name = 'JiraError';
  }
}
