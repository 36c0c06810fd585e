/** Upper bounds of the classes that latencies are counted in, in milliseconds; one more has no end. */
export const LATENCY_BOUNDS_MS = [
  1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
] as const;

export const LATENCY_CLASSES = LATENCY_BOUNDS_MS.length + 1;

export function noLatencies(): number[] {
  return Array.from({ length: LATENCY_CLASSES }, () => 0);
}

export function latencyClass(latencyMs: number): number {
  const found = LATENCY_BOUNDS_MS.findIndex((bound) => latencyMs <= bound);
  return found === -1 ? LATENCY_BOUNDS_MS.length : found;
}

/** Adds the second to the first. */
export function addLatencies(to: number[], counts: readonly number[]): void {
  counts.forEach((count, i) => (to[i] = (to[i] ?? 0) + count));
}

/** What this share of all stays below, by straight lines within a class. Null: there are none. */
export function latencyQuantile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let rank = share * total;
  for (const [i, count] of counts.entries()) {
    const from = LATENCY_BOUNDS_MS[i - 1] ?? 0;
    const to = LATENCY_BOUNDS_MS[i];
    if (to === undefined) return from;
    if (count > 0 && rank <= count) return from + (to - from) * (rank / count);
    rank -= count;
  }
  return LATENCY_BOUNDS_MS.at(-1) ?? null;
}
