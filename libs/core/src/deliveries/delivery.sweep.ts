import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { ensurePartitions } from '../persistence/partition.keeper.js';
import { DeliveryQueue } from '../queue/delivery-queue.js';
import { IntegrationCounters } from './integration.counters.js';

/** A queue that knows this many waiting deliveries is busy, not forgetful. */
const BUSY_BACKLOG = 2_000;
const MAX_SWEPT = 10_000;
/** How soon to look whether a queue that was given that many has room again. */
const LOOK_AGAIN_MS = 100;
const PARTITIONS_EVERY_MS = 6 * 60 * 60 * 1_000;
const PARTITIONS_RETRY_MS = 5 * 60 * 1_000;

/**
 * Finds deliveries that are due and that nobody holds: a job that the queue lost, a worker that
 * died, a Redis that was flushed. Hands them to the queue again.
 */
@Injectable()
export class DeliverySweep {
  private readonly logger = new Logger('IntegrationDeliveries');
  private readonly schema: string;
  private readonly intervalMs: number;
  private timer: NodeJS.Timeout | null = null;
  private sweeping: Promise<void> | null = null;
  private endedAt = performance.now();
  private partitionsAt = performance.now() + PARTITIONS_EVERY_MS;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database, worker }: ResolvedIntegrationOptions,
    private readonly queue: DeliveryQueue,
    private readonly counters: IntegrationCounters,
  ) {
    this.schema = database.schema;
    this.intervalMs = worker.sweepIntervalMs;
  }

  /** Milliseconds by which the sweep is late; 0: it is in time, or does not run here. */
  get silentMs(): number {
    if (!this.timer) return 0;
    return Math.max(0, performance.now() - this.endedAt - this.intervalMs);
  }

  start(): void {
    this.endedAt = performance.now();
    this.timer ??= setInterval(() => {
      // A queue that does not answer must not let sweeps pile up.
      this.sweeping ??= this.sweepSafely().finally(() => (this.sweeping = null));
    }, this.intervalMs);
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.sweeping;
  }

  /** Returns how many deliveries were handed to the queue. */
  async sweep(): Promise<number> {
    if (await this.isBusy()) return 0;
    // Due for a whole interval: what was announced a moment ago is on its way.
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'delivery.sweep',
      text: `SELECT id FROM ${this.schema}.deliveries
        WHERE due_at <= now() - $1 * interval '1 millisecond'
          AND (lease_until IS NULL OR lease_until <= now())
        ORDER BY due_at LIMIT ${MAX_SWEPT}`,
      values: [this.intervalMs],
    });
    if (rows.length > 0) this.queue.announce(rows.map(({ id }) => ({ id, inMs: 0 })));
    this.counters.swept += rows.length;
    return rows.length;
  }

  /** A queue that forgot a large backlog is given the next part of it as soon as it has room. */
  private async sweepAll(): Promise<void> {
    while ((await this.sweep()) === MAX_SWEPT && (await this.isBusy())) {
      while (this.timer && (await this.isBusy())) {
        this.endedAt = performance.now();
        await delay(LOOK_AGAIN_MS);
      }
      if (!this.timer) return;
    }
  }

  private async isBusy(): Promise<boolean> {
    return (await this.queue.backlog()) > BUSY_BACKLOG;
  }

  private async sweepSafely(): Promise<void> {
    try {
      await this.sweepAll();
      if (performance.now() > this.partitionsAt) {
        // Whoever is in its way, like a backup, may be for hours: it has weeks.
        this.partitionsAt = performance.now() + PARTITIONS_RETRY_MS;
        await ensurePartitions(this.pool, this.schema, new Date());
        this.partitionsAt = performance.now() + PARTITIONS_EVERY_MS;
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ event: 'sweep.failed', reason });
    } finally {
      this.endedAt = performance.now();
    }
  }
}
