import type { Attributes, Histogram } from '@opentelemetry/api';

/** Upper bounds in seconds: from a local receiver's answer to the longest time-out. */
export const BOUNDS_SECONDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** The durations of one set of attributes. */
export interface DurationSeries {
  readonly attributes: Attributes;
  /** Durations up to each bound and beyond the last, not cumulated. */
  readonly counts: Float64Array;
  sumSeconds: number;
  count: number;
}

/**
 * Durations by a few attributes. Recording is a search in fifteen bounds and three additions; the
 * attributes of a series are made once.
 */
export class DurationHistogram {
  private readonly byKey = new Map<string, DurationSeries>();
  private instrument: Histogram | null = null;

  constructor(private readonly maxSeries: number) {}

  /** From now on also to the host's OpenTelemetry SDK. */
  recordTo(instrument: Histogram): void {
    this.instrument = instrument;
  }

  /** The series of a key. Beyond the limit all share one, so that memory and scrapes stay small. */
  series(key: string, attributesOf: () => Attributes): DurationSeries {
    const known = this.byKey.get(key);
    if (known) return known;
    if (this.byKey.size >= this.maxSeries) return this.overflow();
    return this.added(key, attributesOf());
  }

  record(series: DurationSeries, milliseconds: number): void {
    const seconds = milliseconds / 1_000;
    let bucket = 0;
    while (bucket < BOUNDS_SECONDS.length && seconds > (BOUNDS_SECONDS[bucket] ?? Infinity)) {
      bucket++;
    }
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sumSeconds += seconds;
    series.count++;
    this.instrument?.record(seconds, series.attributes);
  }

  all(): readonly DurationSeries[] {
    return [...this.byKey.values()];
  }

  private overflow(): DurationSeries {
    return this.byKey.get(OVERFLOW) ?? this.added(OVERFLOW, { 'otel.metric.overflow': true });
  }

  private added(key: string, attributes: Attributes): DurationSeries {
    const series: DurationSeries = {
      attributes,
      counts: new Float64Array(BOUNDS_SECONDS.length + 1),
      sumSeconds: 0,
      count: 0,
    };
    this.byKey.set(key, series);
    return series;
  }
}

const OVERFLOW = '\0overflow';
