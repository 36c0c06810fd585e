import type { SubscriptionRuntime } from '../subscriptions/subscription-runtime.js';
import type { KnownThread } from '../threads/thread.store.js';
import type { LoadedLease } from './delivery.loader.js';
import type { LeaseEnding } from './lease.store.js';

/** A lease whose attempt can be made. */
export interface Runnable extends LoadedLease {
  readonly event: NonNullable<LoadedLease['event']>;
  readonly subscription: SubscriptionRuntime;
  readonly thread: KnownThread | null;
}

/** Parts what can be attempted from what can't or must not be, with the reason. */
export function sorted(loaded: readonly LoadedLease[]): {
  runnable: Runnable[];
  endings: LeaseEnding[];
} {
  const runnable: Runnable[] = [];
  const endings: LeaseEnding[] = [];
  for (const { lease, event, subscription, thread } of loaded) {
    if (lease.subscriptionRevision === null || !subscription) {
      endings.push({ lease, state: 'cancelled', reason: 'The subscription was deleted' });
    } else if (!lease.subscriptionEnabled && !lease.isReplay) {
      endings.push({ lease, state: 'cancelled', reason: 'The subscription is disabled' });
    } else if (!event) {
      endings.push({
        lease,
        state: 'cancelled',
        reason: 'The event is gone: its history was removed',
      });
    } else if ('broken' in subscription) {
      endings.push({ lease, state: 'failed', reason: subscription.broken });
    } else if (thread && 'broken' in thread) {
      endings.push({ lease, state: 'failed', reason: thread.broken });
    } else {
      runnable.push({ lease, event, subscription, thread });
    }
  }
  return { runnable, endings };
}
