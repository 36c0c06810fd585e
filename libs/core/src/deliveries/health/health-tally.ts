/** What an attempt says of its subscription. */
export interface Verdict {
  readonly subscriptionId: string;
  /** Null: it succeeded. */
  readonly failure: string | null;
  /** When the attempt began, by a clock that only goes forward, in milliseconds. */
  readonly at: number;
}

/** What has happened to one subscription since the last write. */
export interface Tally {
  readonly subscriptionId: string;
  readonly succeeded: boolean;
  /** After the last success, where there was one. */
  readonly failures: number;
  /** When the first of these failures began, by the same clock. */
  readonly since: number;
  /** Of the last failure. */
  readonly reason: string | null;
}

/**
 * Coalesces the results of attempts, one entry a subscription. A success of a subscription that is
 * not known to fail is no news and leaves no trace.
 */
export class HealthTally {
  private tallies = new Map<string, Tally>();

  constructor(private readonly isAiling: (subscriptionId: string) => boolean) {}

  note({ subscriptionId, failure, at }: Verdict): void {
    const known = this.tallies.get(subscriptionId);
    if (failure === null) {
      if (!known && !this.isAiling(subscriptionId)) return;
      this.tallies.set(subscriptionId, {
        subscriptionId,
        succeeded: true,
        failures: 0,
        since: at,
        reason: null,
      });
      return;
    }
    this.tallies.set(subscriptionId, {
      subscriptionId,
      succeeded: known?.succeeded ?? false,
      failures: (known?.failures ?? 0) + 1,
      since: known && known.failures > 0 ? known.since : at,
      reason: failure,
    });
  }

  /** Takes all, in the order of their ids, so that two writers can't wait for each other. */
  take(): Tally[] {
    const taken = [...this.tallies.values()];
    this.tallies = new Map();
    return taken.sort((a, b) => (a.subscriptionId < b.subscriptionId ? -1 : 1));
  }

  /** Puts back what could not be written; what was noted since comes after it. */
  putBack(tallies: readonly Tally[]): void {
    for (const earlier of tallies) {
      const later = this.tallies.get(earlier.subscriptionId);
      this.tallies.set(earlier.subscriptionId, later ? joined(earlier, later) : earlier);
    }
  }
}

function joined(earlier: Tally, later: Tally): Tally {
  if (later.succeeded) return later;
  return {
    ...later,
    succeeded: earlier.succeeded,
    failures: earlier.failures + later.failures,
    since: earlier.failures > 0 ? earlier.since : later.since,
  };
}
