import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../../integration-options.js';
import { DeliveryQueue } from '../../queue/delivery-queue.js';
import { Periodic } from '../periodic.js';
import { ReplayBatches } from './replay.batches.js';
import type { ReplayRow } from './replay.rows.js';
import { ReplayStore } from './replay.store.js';

const LOOK_EVERY_MS = 1_000;
const BATCHES_PER_SECOND = 2;
/** A lease is renewed three times while it lasts. */
const RENEWALS = 3;
const MIN_LEASE_MS = 3_000;
/** In this process. More wait until one of these ends. */
const JOBS_AT_ONCE = 4;

/**
 * Runs replay jobs, each at its rate and in one process at a time. A job whose process died is taken
 * up by another when the lease ends, where the last committed batch left it.
 */
@Injectable()
export class ReplayRunner {
  private readonly logger = new Logger('IntegrationDeliveries');
  private readonly leaseMs: number;
  private stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private readonly upkeep = new Periodic({
    failure: 'replay.failed',
    everyMs: LOOK_EVERY_MS,
    logger: this.logger,
    work: () => this.takeUp(),
  });

  constructor(
    private readonly store: ReplayStore,
    private readonly batches: ReplayBatches,
    private readonly queue: DeliveryQueue,
    @Inject(RESOLVED_OPTIONS) { worker }: ResolvedIntegrationOptions,
  ) {
    this.leaseMs = Math.max(MIN_LEASE_MS, worker.leaseMs);
  }

  start(): void {
    this.stopping = new AbortController();
    this.upkeep.start();
  }

  /** Waits for the batches under way and gives their jobs back. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.upkeep.stop();
    await Promise.all(this.running);
  }

  private async takeUp(): Promise<void> {
    while (this.running.size < JOBS_AT_ONCE && !this.stopping.signal.aborted) {
      const job = await this.store.claim(this.leaseMs);
      if (!job) return;
      const run = this.run(job)
        .catch((error: unknown) => this.report(job, error))
        .finally(() => this.running.delete(run));
      this.running.add(run);
    }
  }

  /** The job goes on when its lease has ended. */
  private report({ id }: ReplayRow, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.error({ event: 'replay.interrupted', replayId: id, reason });
  }

  private async run(claimed: ReplayRow): Promise<void> {
    const renewal = setInterval(
      () => void this.renew(claimed),
      Math.round(this.leaseMs / RENEWALS),
    );
    try {
      let job: ReplayRow | null = claimed;
      while (job?.state === 'running' && !this.stopping.signal.aborted) job = await this.batch(job);
      if (job?.state === 'running') await this.store.release(job);
      if (job?.state === 'completed') {
        this.logger.log({ event: 'replay.completed', replayId: job.id, deliveries: job.done });
      }
    } finally {
      clearInterval(renewal);
    }
  }

  /** Paced by what was done: a batch that found little waits little. */
  private async batch(job: ReplayRow): Promise<ReplayRow | null> {
    const size = Math.ceil(job.per_second / BATCHES_PER_SECOND);
    const done = await this.batches.next(job, size);
    // After the commit. What the queue does not hear of is found by the sweep.
    this.queue.announce(done.deliveryIds.map((id) => ({ id, inMs: 0 })));
    if (done.job?.state === 'running') {
      await this.wait((done.deliveryIds.length / job.per_second) * 1_000);
    }
    return done.job;
  }

  private async wait(ms: number): Promise<void> {
    if (ms === 0) return;
    // Only a stop cuts it short.
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private async renew(job: ReplayRow): Promise<void> {
    try {
      await this.store.renew(job, this.leaseMs);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ event: 'replay.not_renewed', replayId: job.id, reason });
    }
  }
}
