import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveryLimits } from '@nest-integrations/common';
import { stepMsOf } from './admission.js';

/** What is kept of subscriptions whose turn has long come is dropped at that number. */
const MAX_KEPT = 10_000;

/**
 * Keeps attempts apart whose slots have passed while this process, or its database, was busy: they must
 * not go out in one burst.
 */
export class Pacer {
  private readonly nextAt = new Map<string, number>();

  /** Milliseconds to wait until the subscription's next attempt may begin; counts as that attempt. */
  waitFor(subscriptionId: string, rate: NonNullable<DeliveryLimits['rate']>, now: number): number {
    const at = Math.max(now, this.nextAt.get(subscriptionId) ?? now);
    this.nextAt.set(subscriptionId, at + stepMsOf(rate));
    if (this.nextAt.size > MAX_KEPT) this.dropBefore(now);
    return at - now;
  }

  async turn(subscriptionId: string, limits: DeliveryLimits | null): Promise<void> {
    if (!limits?.rate) return;
    const waitMs = this.waitFor(subscriptionId, limits.rate, performance.now());
    if (waitMs >= 1) await delay(waitMs);
  }

  private dropBefore(now: number): void {
    for (const [id, at] of this.nextAt) if (at < now) this.nextAt.delete(id);
  }
}
