import type { Span } from './missed.events.js';

/** The clocks of processes differ; what has a delivery is passed over, so a little more does no harm. */
const SKEW_MS = 60_000;

/** When missed events were accepted, as their ids tell. */
export function spanOf(since: Date | null, until: Date): Span {
  return { from: since ?? new Date(0), to: new Date(until.getTime() + SKEW_MS) };
}
