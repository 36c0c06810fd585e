import type { DeliveryFailed } from '../../events/operational-events.js';
import type { OperationalEvent } from './operational.publisher.js';

export type FailureNotice = Omit<DeliveryFailed, 'alsoFailed'>;

/** Of one subscription at a time; the last of them counts what has no event of its own. */
const EVENTS_PER_SUBSCRIPTION = 5;
/** At a time, over all subscriptions; those that have no place wait for the next time. */
const MAX_EVENTS = 50;

export interface FailureEvents {
  readonly events: readonly { readonly event: OperationalEvent; readonly key: string }[];
  /** Deliveries that these events tell of or count. */
  readonly told: readonly string[];
}

/** The idempotency key of the event that tells of a dead delivery. */
export function failureEventKey(deliveryId: string): string {
  return `integration.delivery.failed:${deliveryId}`;
}

/** Which events tell of these dead deliveries, the longest dead first. */
export function failureEvents(notices: readonly FailureNotice[]): FailureEvents {
  const bySubscription = new Map<string, FailureNotice[]>();
  for (const notice of notices) {
    const group = bySubscription.get(notice.subscription.id);
    if (group) group.push(notice);
    else bySubscription.set(notice.subscription.id, [notice]);
  }
  const events: FailureEvents['events'][number][] = [];
  const told: string[] = [];
  for (const group of bySubscription.values()) {
    const shown = group.slice(0, EVENTS_PER_SUBSCRIPTION);
    if (events.length + shown.length > MAX_EVENTS) break;
    const alsoFailed = group.length - shown.length;
    shown.forEach((notice, i) => {
      const payload = { ...notice, alsoFailed: i === shown.length - 1 ? alsoFailed : 0 };
      const key = failureEventKey(notice.delivery.id);
      events.push({ event: { type: 'integration.delivery.failed', payload }, key });
    });
    told.push(...group.map(({ delivery }) => delivery.id));
  }
  return { events, told };
}
