import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import { DeliveryWorker } from './deliveries/delivery.worker.js';
import { IntegrationCounters } from './deliveries/integration.counters.js';
import { OBSERVED_METRICS, type Observation } from './metrics/observed-metrics.js';
import { openTelemetryInstruments } from './metrics/open-telemetry.instruments.js';
import { prometheusRegistry, type DurationMetric } from './metrics/prometheus.registry.js';
import { QueueObserver } from './metrics/queue.observer.js';
import { INTEGRATION_POOL } from './persistence/integration-data-source.token.js';
import { IntegrationDurations } from './telemetry/integration.durations.js';

/** The engine's metrics: for Prometheus as they are, and for the host's OpenTelemetry SDK. */
@Injectable()
export class IntegrationMetrics implements OnModuleInit, OnApplicationShutdown {
  /** A prom-client registry of its own; `Registry.merge` joins it with a host's. */
  readonly registry: Registry;
  private readonly durations: readonly DurationMetric[];
  private takeBack: () => void = () => undefined;

  constructor(
    private readonly counters: IntegrationCounters,
    durations: IntegrationDurations,
    private readonly worker: DeliveryWorker,
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    private readonly queue: QueueObserver,
  ) {
    this.durations = [
      {
        name: 'integration.attempt.duration',
        description: 'Time that one attempt took, by provider and outcome',
        durations: durations.attempt,
      },
      {
        name: 'integration.accept.duration',
        description: 'Time from a publish until the event was durable, or written for the caller',
        durations: durations.accept,
      },
    ];
    this.registry = prometheusRegistry({ ...this.settings });
  }

  onModuleInit(): void {
    this.takeBack = openTelemetryInstruments({ ...this.settings });
  }

  onApplicationShutdown(): void {
    this.takeBack();
  }

  /** For the `content-type` of `prometheus()`. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics in Prometheus's text format. What Postgres does not tell in time is left out. */
  prometheus(): Promise<string> {
    return this.registry.metrics();
  }

  private get settings() {
    return {
      observed: OBSERVED_METRICS,
      durations: this.durations,
      observe: () => this.observe(),
    };
  }

  private async observe(): Promise<Observation> {
    const { totalCount, idleCount, waitingCount, options } = this.pool;
    return {
      counters: this.counters.snapshot(),
      worker: { inFlight: this.worker.busy, capacity: this.worker.capacity },
      pool: {
        total: totalCount,
        idle: idleCount,
        waiting: waitingCount,
        max: options.max,
      },
      queue: await this.queue.observe(),
    };
  }
}
