import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { DeliveryWorker } from './deliveries/delivery.worker.js';
import { IntegrationCounters, type CounterValues } from './deliveries/integration.counters.js';
import { INTEGRATION_POOL } from './persistence/integration-data-source.token.js';
import { DeliveryQueue } from './queue/delivery-queue.js';

export interface IntegrationHealthReport {
  /** Null: fine. Otherwise the reason. */
  readonly database: string | null;
  readonly queue: string | null;
  readonly worker: { readonly inFlight: number; readonly stalledMs: number };
  /** Since this process started. */
  readonly counters: CounterValues;
}

/** What a readiness or liveness check asks. */
@Injectable()
export class IntegrationHealth {
  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    private readonly queue: DeliveryQueue,
    private readonly worker: DeliveryWorker,
    private readonly counters: IntegrationCounters,
  ) {}

  async check(): Promise<IntegrationHealthReport> {
    const [database, queue] = await Promise.all([this.databaseProblem(), this.queue.problem()]);
    return {
      database,
      queue,
      worker: { inFlight: this.worker.busy, stalledMs: Math.round(this.worker.stalledMs) },
      counters: this.counters.snapshot(),
    };
  }

  private async databaseProblem(): Promise<string | null> {
    try {
      await this.pool.query('SELECT 1');
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
