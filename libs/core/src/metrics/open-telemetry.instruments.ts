import { metrics, type Observable } from '@opentelemetry/api';
import { BOUNDS_SECONDS } from '../telemetry/duration.histogram.js';
import type { Observation, ObservedMetric } from './observed-metrics.js';
import type { DurationMetric } from './prometheus.registry.js';

/**
 * Offers the metrics to the host's OpenTelemetry SDK, where one is registered. Returns what takes
 * them back.
 */
export function openTelemetryInstruments(settings: {
  readonly observed: readonly ObservedMetric[];
  readonly durations: readonly DurationMetric[];
  readonly observe: () => Promise<Observation>;
}): () => void {
  const meter = metrics.getMeter('@nest-integrations/core');
  const observed: [ObservedMetric, Observable][] = settings.observed.map((metric) => {
    const { name, kind, unit, description } = metric;
    const instrument =
      kind === 'counter'
        ? meter.createObservableCounter(name, { unit, description })
        : meter.createObservableGauge(name, { unit, description });
    return [metric, instrument];
  });
  const instruments = observed.map(([, instrument]) => instrument);
  const callback: Parameters<typeof meter.addBatchObservableCallback>[0] = async (result) => {
    const observation = await settings.observe();
    for (const [metric, instrument] of observed) {
      for (const { value, attributes } of metric.read(observation)) {
        result.observe(instrument, value, attributes);
      }
    }
  };
  meter.addBatchObservableCallback(callback, instruments);
  for (const { name, description, durations } of settings.durations) {
    durations.recordTo(
      meter.createHistogram(name, {
        unit: 's',
        description,
        advice: { explicitBucketBoundaries: [...BOUNDS_SECONDS] },
      }),
    );
  }
  return () => meter.removeBatchObservableCallback(callback, instruments);
}
