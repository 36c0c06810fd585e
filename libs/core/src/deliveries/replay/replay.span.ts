import type { Span } from './missed.events.js';

/** The clocks of processes differ; what has a delivery is passed over, so a little more does no harm. */
const SKEW_MS = 60_000;

/** When missed events were accepted, as their ids tell. */
export function spanOf(from: Date, until: Date): Span {
  return { from, to: new Date(until.getTime() + SKEW_MS) };
}
