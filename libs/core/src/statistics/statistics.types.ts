/** What was counted in one span. */
export interface StatisticsPoint {
  /** When the span began. */
  readonly at: Date;
  /** Deliveries that were delivered. */
  readonly delivered: number;
  /** Deliveries that were given up. */
  readonly failed: number;
  /** Attempts that another one follows. */
  readonly retried: number;
}

export interface StatisticsTotals {
  readonly delivered: number;
  readonly failed: number;
  readonly attempts: number;
  /** Delivered of those that ended, 0 to 1; `null`: none ended. */
  readonly successRate: number | null;
}

export interface Statistics {
  readonly from: Date;
  readonly to: Date;
  readonly bucketSeconds: number;
  /** Every span from the first to the last, the empty ones too. */
  readonly series: readonly StatisticsPoint[];
  readonly totals: StatisticsTotals;
  /** Of attempts; `null`: there were none. */
  readonly latency: { readonly p50Ms: number | null; readonly p95Ms: number | null };
}

export const MAX_STATISTICS_HOURS = 720;
