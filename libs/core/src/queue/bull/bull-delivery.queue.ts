import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { DeliveryQueue, type DeliverySink, type DueDelivery } from '../delivery-queue.js';
import { BullQueueSettings } from './bull-queue.settings.js';

export const BULL_QUEUE_NAME = 'deliveries';

/** All that Redis ever holds of a delivery. */
interface DeliveryJob {
  readonly ids: readonly string[];
}

/** Jobs handled at once. Each ends when its deliveries are leased, not when they are delivered. */
const JOBS_AT_ONCE = 8;
const STOP_WITHIN_MS = 5_000;
/** Announced and not yet taken by Redis: one that does not answer must not fill our memory. */
const MAX_UNANSWERED = 10_000;
/** Redis may keep its connections and answer nobody. */
const ANSWER_WITHIN_MS = 2_000;
/** One warning for an outage, not one for each announcement. */
const WARN_EVERY_MS = 10_000;

/**
 * Bull on Redis. A job is a wake-up call with a few delivery ids; the lease that its handler takes
 * in Postgres is what matters. So a job that is lost, repeated or stalled does no harm, and a slow
 * receiver holds no job.
 */
@Injectable()
export class BullDeliveryQueue extends DeliveryQueue implements BeforeApplicationShutdown {
  private readonly logger = new Logger('IntegrationQueue');
  private stopped = false;
  /** Lets go of the jobs that wait for room; set while the queue runs. */
  private release: () => void = () => undefined;
  private released: Promise<void> = Promise.resolve();
  private sink: DeliverySink | null = null;
  /** By `performance.now()`: when a job was last handled, and since when jobs wait for no reason. */
  private handledAt = 0;
  private standsSince: number | null = null;
  private warnedAt = -Infinity;
  private unanswered = 0;

  constructor(
    @InjectQueue(BULL_QUEUE_NAME) private readonly queue: Queue<DeliveryJob>,
    private readonly settings: BullQueueSettings,
  ) {
    super();
    queue.on('error', (error) => this.warn(error));
  }

  announce(due: readonly DueDelivery[]): void {
    // Commands given while Redis is away would pile up in memory; the sweep finds what is due.
    if (this.queue.client.status !== 'ready') {
      this.warn(new Error(`the connection is ${this.queue.client.status}`));
      return;
    }
    if (this.unanswered > MAX_UNANSWERED) {
      this.warn(new Error('it does not answer'));
      return;
    }
    this.unanswered += due.length;
    this.queue
      .addBulk(this.jobsOf(due))
      .catch((error: unknown) => this.warn(error))
      .finally(() => (this.unanswered -= due.length));
  }

  async start(sink: DeliverySink): Promise<void> {
    this.stopped = false;
    this.sink = sink;
    this.released = new Promise((resolve) => (this.release = resolve));
    // Resolves only when the queue closes; errors of the loop arrive at 'error'.
    this.queue
      .process(JOBS_AT_ONCE, (job: Job<DeliveryJob>) => this.handle(job, sink))
      .catch((error: unknown) => this.warn(error));
    await Promise.resolve();
  }

  /** Where Redis is away there is nothing to pause: no job comes. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.release();
    if (this.queue.client.status === 'ready') await this.withinLimit(this.queue.pause(true, true));
  }

  /**
   * Before Nest closes the queue: left to itself, closing waits for a Redis that is away, and for jobs
   * in a way that ends the process where Redis goes away meanwhile.
   */
  async beforeApplicationShutdown(): Promise<void> {
    const isReady = this.queue.client.status === 'ready';
    const closed = this.queue.close(true);
    if (!isReady) for (const client of this.queue.clients) client.disconnect();
    await this.withinLimit(closed);
  }

  private async withinLimit(work: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_WITHIN_MS);
    });
    try {
      await Promise.race([work, limit]);
    } catch (error) {
      this.warn(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async backlog(): Promise<number> {
    if (this.queue.client.status !== 'ready') return 0;
    return (await answered(this.queue.getWaitingCount())) * this.settings.idsPerJob;
  }

  async stalledMs(): Promise<number> {
    const { sink } = this;
    const mustTurn = sink !== null && !this.stopped && this.queue.client.status === 'ready';
    const stands = mustTurn && sink.room() > 0 && (await this.hasJobsToTake());
    if (!stands) {
      this.standsSince = null;
      return 0;
    }
    const now = performance.now();
    this.standsSince = Math.max(this.standsSince ?? now, this.handledAt);
    return now - this.standsSince;
  }

  async problem(): Promise<string | null> {
    if (this.queue.client.status !== 'ready') {
      return `Redis: the connection is ${this.queue.client.status}`;
    }
    try {
      await answered(this.queue.client.ping());
      return null;
    } catch (error) {
      return `Redis: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  private async handle(job: Job<DeliveryJob>, sink: DeliverySink): Promise<void> {
    await Promise.race([sink.whenRoom(), this.released]);
    // A job taken while stopping goes back to Redis: another process's worker has it at once.
    if (this.stopped) {
      this.announce(job.data.ids.map((id) => ({ id, inMs: 0 })));
      return;
    }
    try {
      await sink.take(job.data.ids);
    } catch (error) {
      // A failed job would be gone without a word. The sweep finds what it named.
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ event: 'queue.take_failed', deliveryIds: job.data.ids, reason });
    }
    this.handledAt = performance.now();
  }

  private async hasJobsToTake(): Promise<boolean> {
    if (await this.queue.isPaused()) return false;
    return (await this.queue.getWaitingCount()) > 0;
  }

  /** Those due at the same moment share jobs. */
  private jobsOf(due: readonly DueDelivery[]) {
    const options = { removeOnComplete: true, removeOnFail: true };
    const jobs: { data: DeliveryJob; opts: typeof options & { delay?: number } }[] = [];
    for (const [delay, ids] of idsByDelay(due)) {
      for (let from = 0; from < ids.length; from += this.settings.idsPerJob) {
        const opts = delay > 0 ? { ...options, delay } : options;
        jobs.push({ data: { ids: ids.slice(from, from + this.settings.idsPerJob) }, opts });
      }
    }
    return jobs;
  }

  private warn(error: unknown): void {
    const now = performance.now();
    if (now - this.warnedAt < WARN_EVERY_MS) return;
    this.warnedAt = now;
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn({ event: 'queue.redis', reason });
  }
}

/** @throws Error where no answer comes in time */
async function answered<Answer>(command: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const late = new Error(`no answer within ${ANSWER_WITHIN_MS} ms`);
    timer = setTimeout(() => reject(late), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([command, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function idsByDelay(due: readonly DueDelivery[]): Map<number, string[]> {
  const byDelay = new Map<number, string[]>();
  for (const { id, inMs } of due) {
    const ids = byDelay.get(inMs);
    if (ids) ids.push(id);
    else byDelay.set(inMs, [id]);
  }
  return byDelay;
}
