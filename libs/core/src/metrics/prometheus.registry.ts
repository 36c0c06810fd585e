import type { Attributes } from '@opentelemetry/api';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  BOUNDS_SECONDS,
  type DurationHistogram,
  type DurationSeries,
} from '../telemetry/duration.histogram.js';
import type { Observation, ObservedMetric } from './observed-metrics.js';

type Labels = Record<string, string>;

/** A duration that is told to Prometheus as a histogram. */
export interface DurationMetric {
  readonly name: string;
  readonly description: string;
  readonly durations: DurationHistogram;
}

/** The metrics in a registry of their own: a host merges it with its own, or serves it alone. */
export function prometheusRegistry(settings: {
  readonly observed: readonly ObservedMetric[];
  readonly durations: readonly DurationMetric[];
  readonly observe: () => Promise<Observation>;
}): Registry {
  const registry = new Registry();
  for (const metric of settings.observed) registerObserved(registry, metric, settings.observe);
  for (const metric of settings.durations) {
    registry.registerMetric(new ObservedDurations(metric));
  }
  return registry;
}

/** As OpenTelemetry's own exporter names it, so that boards fit either way of reading. */
export function prometheusName({ name, kind, unit }: ObservedMetric): string {
  const base = underscored(name) + (unit === 's' ? '_seconds' : '');
  return kind === 'counter' ? `${base}_total` : base;
}

function registerObserved(
  registry: Registry,
  metric: ObservedMetric,
  observe: () => Promise<Observation>,
): void {
  const settings = {
    name: prometheusName(metric),
    help: metric.description,
    labelNames: LABELS_OF[metric.name] ?? [],
    registers: [registry],
  };
  if (metric.kind === 'counter') {
    const counter = new Counter({
      ...settings,
      collect: async () => {
        const observation = await observe();
        counter.reset();
        for (const { value, attributes } of metric.read(observation)) {
          counter.inc(labelsOf(attributes), value);
        }
      },
    });
    return;
  }
  const gauge = new Gauge({
    ...settings,
    collect: async () => {
      const observation = await observe();
      gauge.reset();
      // `reset` leaves a 0 behind where there are no labels: what is not known has no sample.
      gauge.remove({});
      for (const { value, attributes } of metric.read(observation)) {
        gauge.set(labelsOf(attributes), value);
      }
    },
  });
}

const LABELS_OF: Readonly<Record<string, string[]>> = {
  'integration.events.accepted': ['integration_transaction'],
  'integration.subscriptions.circuit': ['integration_circuit_state'],
  'db.client.connection.count': ['db_client_connection_pool_name', 'db_client_connection_state'],
  'db.client.connection.pending_requests': ['db_client_connection_pool_name'],
  'db.client.connection.max': ['db_client_connection_pool_name'],
};

/**
 * A histogram whose numbers are kept elsewhere: prom-client's own looks its labels up by text at
 * every observation, which costs more than the rest of the recording. Its description is used, and
 * a gauge, of which nothing but `get` is asked, carries the numbers.
 */
class ObservedDurations extends Gauge {
  private readonly described: Histogram;

  constructor(private readonly metric: DurationMetric) {
    const settings = {
      name: `${underscored(metric.name)}_seconds`,
      help: metric.description,
      registers: [],
    };
    super(settings);
    this.described = new Histogram({ ...settings, buckets: [...BOUNDS_SECONDS] });
  }

  override async get(): ReturnType<Histogram['get']> {
    const described = await this.described.get();
    return { ...described, values: this.metric.durations.all().flatMap(valuesOf(described.name)) };
  }
}

function valuesOf(name: string) {
  return (series: DurationSeries) => {
    const labels = labelsOf(series.attributes);
    let upTo = 0;
    const buckets = [...series.counts].map((count, i) => {
      upTo += count;
      const le = BOUNDS_SECONDS[i] ?? '+Inf';
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: upTo };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: series.sumSeconds },
      { metricName: `${name}_count`, labels, value: series.count },
    ];
  };
}

function underscored(name: string): string {
  return name.replaceAll('.', '_');
}

function labelsOf(attributes: Attributes): Labels {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [underscored(key), String(value)]),
  );
}
