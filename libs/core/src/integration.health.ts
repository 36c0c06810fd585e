import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { DeliverySweep } from './deliveries/delivery.sweep.js';
import { DeliveryWorker } from './deliveries/delivery.worker.js';
import { IntegrationCounters, type CounterValues } from './deliveries/integration.counters.js';
import { DatabaseProbe } from './health/database.probe.js';
import { EngineState } from './health/engine.state.js';
import { stuckAfterMs, stuckParts } from './health/liveness.js';
import { within } from './health/within.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from './integration-options.js';
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

export interface LivenessReport {
  /** False: the process does not get out of this by itself; start it again. */
  readonly live: boolean;
  /** The parts that are stuck. With `live` true they wait for Postgres, which a restart won't bring back. */
  readonly problems: readonly string[];
}

export interface ReadinessReport {
  /** False: send it nothing now; what is published would not be accepted. */
  readonly ready: boolean;
  readonly problems: readonly string[];
  /** What works worse than it should while events are still accepted and none is lost. */
  readonly degraded: readonly string[];
}

/** A Redis that hangs must not hang the probe. */
const QUEUE_ANSWERS_WITHIN_MS = 2_000;

/** What liveness and readiness checks ask. */
@Injectable()
export class IntegrationHealth {
  private readonly limitMs: number;

  constructor(
    @Inject(RESOLVED_OPTIONS) { worker: { leaseMs } }: ResolvedIntegrationOptions,
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    private readonly queue: DeliveryQueue,
    private readonly worker: DeliveryWorker,
    private readonly sweep: DeliverySweep,
    private readonly counters: IntegrationCounters,
    private readonly database: DatabaseProbe,
    private readonly state: EngineState,
  ) {
    this.limitMs = stuckAfterMs(leaseMs);
  }

  /**
   * Is this process worth keeping? Not when a part of it is stuck. Slow receivers, a full worker, a
   * Redis or a Postgres that is away are no reasons. A blocked event loop answers nothing at all.
   */
  async liveness(): Promise<LivenessReport> {
    const [queueStalledMs, problem] = await Promise.all([
      this.queueStalledMs(),
      this.database.problem(),
    ]);
    const problems = stuckParts(
      {
        attemptOverdueMs: this.worker.overdueMs,
        queueStalledMs,
        sweepSilentMs: this.sweep.silentMs,
      },
      this.limitMs,
    );
    // After an outage, parts that it held up get as long again to find back.
    const isExcused = problem !== null || this.database.wellForMs < this.limitMs;
    return { live: problems.length === 0 || isExcused, problems };
  }

  /**
   * Can it take work? While Postgres takes writes, has this version's migrations, and the process is
   * neither starting nor stopping: then what is published is accepted, whatever else is down.
   */
  async readiness(): Promise<ReadinessReport> {
    const [database, queue] = await Promise.all([this.database.problem(), this.queueProblem()]);
    const problems: string[] = [];
    if (this.state.phase !== 'running') problems.push(`the process is ${this.state.phase}`);
    if (database !== null) problems.push(database);
    const degraded: string[] = [];
    if (queue !== null && database === null) degraded.push(queue);
    if (this.worker.room() === 0) {
      degraded.push(`the worker is full: ${this.worker.busy} deliveries under way`);
    }
    return { ready: problems.length === 0, problems, degraded };
  }

  async check(): Promise<IntegrationHealthReport> {
    const [database, queue] = await Promise.all([this.databaseProblem(), this.queue.problem()]);
    return {
      database,
      queue,
      worker: { inFlight: this.worker.busy, stalledMs: Math.round(this.worker.stalledMs) },
      counters: this.counters.snapshot(),
    };
  }

  private async queueStalledMs(): Promise<number> {
    // A queue that can't be reached is an outage, not a loop that stands.
    return within(QUEUE_ANSWERS_WITHIN_MS, this.queue.stalledMs()).catch(() => 0);
  }

  private queueProblem(): Promise<string | null> {
    return within(QUEUE_ANSWERS_WITHIN_MS, this.queue.problem()).catch((error: unknown) =>
      error instanceof Error ? `the queue: ${error.message}` : String(error),
    );
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
