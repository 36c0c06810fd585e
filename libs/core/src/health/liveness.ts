/** For how long each part has owed a sign of life, in milliseconds; 0: nothing is owed. */
export interface Pulses {
  /** Beyond the deadline of the attempt under way that is the most overdue. */
  readonly attemptOverdueMs: number;
  /** Since the queue's loop should have turned. */
  readonly queueStalledMs: number;
  /** Since the sweep last ended, beyond its interval. */
  readonly sweepSilentMs: number;
}

/**
 * How late a part may be: the recorder tries for two leases to write what it has, and gets one more
 * to be told that it could not.
 */
export function stuckAfterMs(leaseMs: number): number {
  return 3 * leaseMs;
}

/**
 * The parts that are stuck, in words; empty: none. Being busy is no reason: attempts that wait for a
 * slow receiver have their deadlines before them, and a full worker's queue keeps turning.
 */
export function stuckParts(pulses: Pulses, limitMs: number): string[] {
  const stuck: string[] = [];
  if (pulses.attemptOverdueMs > limitMs) {
    stuck.push(`an attempt is ${seconds(pulses.attemptOverdueMs)} beyond its deadline`);
  }
  if (pulses.queueStalledMs > limitMs) {
    stuck.push(`the queue has handed nothing over for ${seconds(pulses.queueStalledMs)}`);
  }
  if (pulses.sweepSilentMs > limitMs) {
    stuck.push(`the sweep is ${seconds(pulses.sweepSilentMs)} late`);
  }
  return stuck;
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1_000)} s`;
}
