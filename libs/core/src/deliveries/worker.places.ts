/** An attempt under way is slow from then on, where those of others are quicker than that. */
export const SLOW_AFTER_MS = 500;
/** Or, on a machine that is busy all over, when it takes that many times as long as others. */
const SLOW_FACTOR = 4;
/** Share of the last delivery in the usual latency. */
const LATEST = 0.05;
/** So many slow attempts may be under way beside the quick ones, as a multiple of the capacity. */
const SLOW_POOL = 4;

interface Place {
  readonly subscriptionId: string;
  /** Null: its attempt has not begun, or has ended and is being recorded. */
  attemptSince: number | null;
  isSlow: boolean;
}

/**
 * A worker's places. A quick attempt takes one of the capacity. One that goes on for longer moves to
 * a pool of its own, so that receivers that hang leave the capacity to the others; where a receiver
 * takes too much of that pool, the worker begins no more of its deliveries.
 */
export class WorkerPlaces {
  private readonly places = new Map<string, Place>();
  private readonly takenOf = new Map<string, number>();
  private readonly slowOf = new Map<string, number>();
  private slow = 0;
  private usualMs = 0;

  constructor(readonly capacity: number) {}

  /** Places for quick attempts that are free; below 0 where more than these were taken. */
  get free(): number {
    return this.capacity - (this.places.size - this.slow);
  }

  take(deliveryId: string, subscriptionId: string): void {
    this.leave(deliveryId);
    this.places.set(deliveryId, { subscriptionId, attemptSince: null, isSlow: false });
    count(this.takenOf, subscriptionId, 1);
  }

  begin(deliveryId: string, now: number): void {
    const place = this.places.get(deliveryId);
    if (place) place.attemptSince = now;
  }

  /** Its attempt has ended. Returns whether it was quick. */
  end(deliveryId: string, attempt: { latencyMs: number; isDelivered: boolean }): boolean {
    const place = this.places.get(deliveryId);
    if (place) place.attemptSince = null;
    const isQuick = attempt.latencyMs < this.slowAfterMs;
    // Time-outs say nothing of how long an attempt usually takes.
    if (attempt.isDelivered) this.usualMs += LATEST * (attempt.latencyMs - this.usualMs);
    return isQuick;
  }

  leave(deliveryId: string): void {
    const place = this.places.get(deliveryId);
    if (!place) return;
    this.places.delete(deliveryId);
    count(this.takenOf, place.subscriptionId, -1);
    if (place.isSlow) this.countSlow(place.subscriptionId, -1);
  }

  clear(): void {
    this.places.clear();
    this.takenOf.clear();
    this.slowOf.clear();
    this.slow = 0;
  }

  /**
   * Of these, those of subscriptions that have not half of the places already: who has the fewest
   * first, and the first of each before the second of any.
   */
  fairly<Due extends { readonly subscriptionId: string }>(due: readonly Due[]): Due[] {
    const having = new Map(this.takenOf);
    return due
      .flatMap((delivery) => {
        const has = having.get(delivery.subscriptionId) ?? 0;
        having.set(delivery.subscriptionId, has + 1);
        return has * 2 < this.capacity ? [{ delivery, has }] : [];
      })
      .toSorted((a, b) => a.has - b.has)
      .map(({ delivery }) => delivery);
  }

  /** Moves attempts that have become slow; returns whether places became free. */
  moveSlow(now: number): boolean {
    const before = this.slow;
    const since = now - this.slowAfterMs;
    for (const place of this.places.values()) {
      if (this.slow >= this.capacity * SLOW_POOL) break;
      if (place.isSlow || place.attemptSince === null || place.attemptSince > since) continue;
      place.isSlow = true;
      this.countSlow(place.subscriptionId, 1);
    }
    return this.slow > before;
  }

  /** Slow attempts that one subscription may have; half of the pool is shared by all that are slow. */
  get slowAllowance(): number {
    const half = Math.floor((this.capacity * SLOW_POOL) / 2);
    return Math.max(1, Math.floor(half / Math.max(1, this.slowOf.size)));
  }

  /** So many of its attempts are slow that no more are begun. */
  isTooSlow(subscriptionId: string): boolean {
    if (this.slow < (this.capacity * SLOW_POOL) / 2) return false;
    return (this.slowOf.get(subscriptionId) ?? 0) >= this.slowAllowance;
  }

  private get slowAfterMs(): number {
    return Math.max(SLOW_AFTER_MS, SLOW_FACTOR * this.usualMs);
  }

  private countSlow(subscriptionId: string, by: 1 | -1): void {
    count(this.slowOf, subscriptionId, by);
    this.slow += by;
  }
}

function count(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next > 0) counts.set(key, next);
  else counts.delete(key);
}
