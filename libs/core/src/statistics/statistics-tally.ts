import { addLatencies, latencyClass, noLatencies } from './latency-counts.js';

/** Statistics are kept for spans of this length. */
export const BUCKET_MS = 5 * 60_000;

/** How one attempt left its delivery. */
export interface CountedAttempt {
  readonly subscriptionId: string;
  readonly state: 'delivered' | 'failed' | 'retrying';
  readonly latencyMs: number;
}

/** What is counted, of whatever it is counted for. */
export interface Counts {
  delivered: number;
  failed: number;
  retried: number;
  /** Attempts by class of latency. */
  readonly latencies: number[];
}

export interface Tallied extends Counts {
  readonly subscriptionId: string;
  /** When its span began, in milliseconds since 1970. */
  readonly bucket: number;
}

const COUNTER = { delivered: 'delivered', failed: 'failed', retrying: 'retried' } as const;

export function noCounts(): Counts {
  return { delivered: 0, failed: 0, retried: 0, latencies: noLatencies() };
}

export function addCounts(to: Counts, counts: Counts): void {
  to.delivered += counts.delivered;
  to.failed += counts.failed;
  to.retried += counts.retried;
  addLatencies(to.latencies, counts.latencies);
}

/** Counts attempts by subscription and span, until they are taken. */
export class StatisticsTally {
  private tallies = new Map<string, Tallied>();

  note({ subscriptionId, state, latencyMs }: CountedAttempt, now: number): void {
    const bucket = now - (now % BUCKET_MS);
    const tally = this.tallyOf(subscriptionId, bucket);
    tally[COUNTER[state]]++;
    const of = latencyClass(latencyMs);
    tally.latencies[of] = (tally.latencies[of] ?? 0) + 1;
  }

  take(): Tallied[] {
    const taken = [...this.tallies.values()];
    this.tallies = new Map();
    return taken;
  }

  /** What could not be written; it is written with what was noted since. */
  putBack(tallies: readonly Tallied[]): void {
    for (const tally of tallies) addCounts(this.tallyOf(tally.subscriptionId, tally.bucket), tally);
  }

  private tallyOf(subscriptionId: string, bucket: number): Tallied {
    const key = `${subscriptionId}${bucket}`;
    let tally = this.tallies.get(key);
    if (!tally) this.tallies.set(key, (tally = { subscriptionId, bucket, ...noCounts() }));
    return tally;
  }
}
