import { setTimeout as delay } from 'node:timers/promises';
import type { OutboundResponse } from '@nest-integrations/core';

/** Longer than this it is better to be told to come back. */
const MAX_WAIT_MS = 5_000;

/**
 * What Discord said of a webhook's limit with its last answer. It allows a few messages every few
 * seconds: waiting a moment is better than an attempt that is refused.
 */
export class RateWindow {
  /** By `performance.now()`: not before. */
  private opensAt = 0;

  note({ headers }: OutboundResponse): void {
    if (headers['x-ratelimit-remaining'] !== '0') return;
    const seconds = Number(headers['x-ratelimit-reset-after']);
    if (seconds > 0) this.opensAt = performance.now() + seconds * 1_000;
  }

  /** @throws AbortError where the attempt ends first */
  async wait(signal: AbortSignal): Promise<void> {
    const waitMs = this.opensAt - performance.now();
    if (waitMs > 0 && waitMs <= MAX_WAIT_MS) await delay(waitMs, undefined, { signal });
  }
}
