import { latencyQuantile } from './latency-counts.js';
import { addCounts, BUCKET_MS, noCounts, type Counts } from './statistics-tally.js';
import type { Statistics } from './statistics.types.js';

const HOUR_MS = 3_600_000;
/** About so many points are enough for a chart. */
const MOST_POINTS = 100;
/** How long one point may be, in stored spans: 5 minutes to 8 hours. */
const MERGED = [1, 3, 6, 12, 24, 48, 96];

export interface StatisticsSpan {
  /** Milliseconds since 1970; a whole number of points before `to`. */
  readonly from: number;
  readonly to: number;
  readonly pointMs: number;
}

/** A row of the table. */
export interface StatisticsRow extends Counts {
  readonly bucket: Date;
}

/** The last hours up to now, in points of equal length. */
export function spanOf(hours: number, now: number): StatisticsSpan {
  const length = hours * HOUR_MS;
  const merged = MERGED.find((spans) => length / (spans * BUCKET_MS) <= MOST_POINTS) ?? 96;
  const pointMs = merged * BUCKET_MS;
  const to = (Math.floor(now / pointMs) + 1) * pointMs;
  return { from: to - Math.ceil(length / pointMs) * pointMs, to, pointMs };
}

/** Sums rows up, and fills the gaps between them. */
export function statisticsOf(
  rows: readonly StatisticsRow[],
  { from, to, pointMs }: StatisticsSpan,
): Statistics {
  const points = Array.from({ length: (to - from) / pointMs }, () => noCounts());
  const total = noCounts();
  for (const row of rows) {
    const point = points[Math.floor((row.bucket.getTime() - from) / pointMs)];
    if (!point) continue;
    addCounts(point, row);
    addCounts(total, row);
  }
  const { delivered, failed, retried, latencies } = total;
  const ended = delivered + failed;
  return {
    from: new Date(from),
    to: new Date(to),
    bucketSeconds: pointMs / 1_000,
    series: points.map((point, i) => ({
      at: new Date(from + i * pointMs),
      delivered: point.delivered,
      failed: point.failed,
      retried: point.retried,
    })),
    totals: {
      delivered,
      failed,
      attempts: ended + retried,
      successRate: ended === 0 ? null : delivered / ended,
    },
    latency: { p50Ms: latencyQuantile(latencies, 0.5), p95Ms: latencyQuantile(latencies, 0.95) },
  };
}
