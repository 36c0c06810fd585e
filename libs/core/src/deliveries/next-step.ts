import { MAX_RETRY_DELAY_SECONDS } from '@nest-integrations/common';
import type { DeliveryOutcome } from '../providers/delivery-outcome.js';
import type { RetrySchedule } from './retry-schedule.js';

/** Where a delivery goes after an attempt. */
export type NextStep =
  | { readonly state: 'delivered' }
  | { readonly state: 'retrying'; readonly inMs: number }
  | { readonly state: 'failed'; readonly why: 'rejected' | 'exhausted' };

export interface EndedAttempt {
  readonly schedule: RetrySchedule;
  /** Retries made before this attempt, since the delivery began or was replayed. */
  readonly retries: number;
  readonly outcome: DeliveryOutcome;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Longest wait that a receiver or a provider can ask for. */
const MAX_ASKED_MS = MAX_RETRY_DELAY_SECONDS * 1_000;

/** The state machine's only decision. */
export function nextStep({ schedule, retries, outcome, random }: EndedAttempt): NextStep {
  if (outcome.kind === 'delivered') return { state: 'delivered' };
  if (outcome.kind === 'rejected') return { state: 'failed', why: 'rejected' };
  if (outcome.clientError && schedule.onClientError === 'reject') {
    return { state: 'failed', why: 'rejected' };
  }
  const delay = schedule.delaysMs[retries];
  if (delay === undefined) return { state: 'failed', why: 'exhausted' };
  const spread = 1 + schedule.jitter * (2 * random() - 1);
  // Never sooner than the receiver asked; a little later, so that not all come back at once.
  const askedMs = Math.min(outcome.afterMs ?? 0, MAX_ASKED_MS);
  const asked = askedMs * (1 + schedule.jitter * random());
  return { state: 'retrying', inMs: Math.round(Math.max(asked, delay * spread)) };
}
