import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import { INTEGRATION_POOL } from '../../persistence/integration-data-source.token.js';
import { Notifications } from '../../persistence/notifications.js';
import {
  DeliveryQueue,
  type DeliverySink,
  type DueDelivery,
  type Taken,
} from '../delivery-queue.js';
import { WakeTimes } from './wake-times.js';

/** Other processes are told at most this often; this process's worker at once. */
const NOTIFY_EVERY_MS = 20;
const DEFAULT_POLL_MS = 1_000;
/** A busy worker asks again when this share of its room is free, so that batches stay large. */
const WORTHWHILE = 4;
/** It waits that long for more room, at most: receivers that hang must not hold up the others. */
const GATHER_MS = 2;
const GATHER_TURNS = 5;

/** What it says matters to nobody, but an empty message says that some may have been missed. */
const DUE = 'due';

export const POSTGRES_QUEUE_POLL_MS = 'nest-integrations:postgres-queue-poll-ms';

/**
 * Postgres itself as the queue: the deliveries table says what is due, notifications say when to
 * look, and a poll finds what no notification said.
 */
@Injectable()
export class PostgresDeliveryQueue extends DeliveryQueue {
  private readonly logger = new Logger('IntegrationQueue');
  private sink: DeliverySink | null = null;
  private loop: Promise<void> = Promise.resolve();
  private stopped = true;
  private wakeUp: (() => void) | null = null;
  /** The last look found nothing more that was due. */
  private caughtUp = false;
  private woken = false;
  private readonly wakeTimes = new WakeTimes();
  /** By `performance.now()`: when the loop last showed that it goes on. */
  private turnedAt = 0;
  private notifyTimer: NodeJS.Timeout | null = null;
  private notifyAgain = false;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    private readonly notifications: Notifications,
    @Inject(POSTGRES_QUEUE_POLL_MS) private readonly pollMs: number = DEFAULT_POLL_MS,
  ) {
    super();
    notifications.onMessage(() => this.wake());
  }

  announce(due: readonly DueDelivery[]): void {
    if (due.length === 0) return;
    const before = this.wakeTimes.next;
    const dueNow = due.filter(({ inMs }) => inMs === 0);
    if (dueNow.length < due.length) {
      const now = performance.now();
      for (const { inMs } of due) if (inMs > 0) this.wakeTimes.add(now + inMs);
    }
    if (dueNow.length === 0) {
      if (this.wakeTimes.next < before) this.wake({ toWork: false });
      return;
    }
    if (this.takeHere(dueNow)) return;
    this.wake();
    this.notifyOthers();
  }

  start(sink: DeliverySink): Promise<void> {
    this.sink = sink;
    this.stopped = false;
    this.turnedAt = performance.now();
    this.loop = this.run(sink);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.notifyTimer) clearTimeout(this.notifyTimer);
    this.notifyTimer = null;
    this.wake();
    await this.loop;
    this.sink = null;
  }

  /** Nothing is kept but the rows themselves. */
  backlog(): Promise<number> {
    return Promise.resolve(0);
  }

  stalledMs(): Promise<number> {
    const owed = this.stopped ? 0 : performance.now() - this.turnedAt - this.pollMs;
    return Promise.resolve(Math.max(0, owed));
  }

  async problem(): Promise<string | null> {
    try {
      await this.pool.query('SELECT 1');
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /**
   * Straight to this process's worker, by their keys, where it has room and nothing older waits.
   * False: they are left to whoever looks next.
   */
  private takeHere(due: readonly DueDelivery[]): boolean {
    const { sink } = this;
    if (!sink || this.stopped || !this.caughtUp || sink.room() < due.length) return false;
    sink.take(due.map(({ id }) => id)).catch((error: unknown) => {
      this.logger.error({ event: 'queue.take_failed', reason: reasonOf(error) });
      this.wake();
    });
    return true;
  }

  private async run(sink: DeliverySink): Promise<void> {
    while (!this.stopped) {
      this.turnedAt = performance.now();
      this.woken = false;
      this.wakeTimes.dropUntil(performance.now());
      this.caughtUp = false;
      const room = sink.room();
      let taken: Taken;
      try {
        taken = await sink.takeDue(room);
      } catch (error) {
        this.logger.error({ event: 'queue.take_failed', reason: reasonOf(error) });
        await this.sleep();
        continue;
      }
      if (taken.mayBeMore || room === 0) await this.roomWorthTaking(sink);
      else {
        this.caughtUp = true;
        await this.sleep();
      }
    }
  }

  /** Looked at, not waited for: a worker whose places are all taken must not keep a shutdown waiting. */
  private async roomWorthTaking(sink: DeliverySink): Promise<void> {
    const enough = Math.ceil(sink.capacity / WORTHWHILE);
    for (let turn = 0; !this.stopped; turn++) {
      this.turnedAt = performance.now();
      const room = sink.room();
      if (room >= enough || (room > 0 && turn >= GATHER_TURNS)) return;
      await delay(GATHER_MS);
    }
  }

  /** Until something is announced, a known delivery falls due, or the poll's time comes. */
  private sleep(): Promise<void> {
    if (this.woken || this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const wait = Math.max(1, Math.min(this.pollMs, this.wakeTimes.next - performance.now()));
      const timer = setTimeout(() => {
        this.wakeUp?.();
      }, wait);
      this.wakeUp = () => {
        clearTimeout(timer);
        this.wakeUp = null;
        resolve();
      };
    });
  }

  private wake({ toWork }: { toWork: boolean } = { toWork: true }): void {
    if (toWork) this.woken = true;
    this.wakeUp?.();
  }

  /** Not in the accepting transaction: a notification there makes commits wait for one another. */
  private notifyOthers(): void {
    if (this.notifyTimer) {
      this.notifyAgain = true;
      return;
    }
    this.notifyNow();
    this.notifyTimer = setTimeout(() => {
      this.notifyTimer = null;
      if (!this.notifyAgain) return;
      this.notifyAgain = false;
      this.notifyOthers();
    }, NOTIFY_EVERY_MS);
  }

  private notifyNow(): void {
    // A worker here with room to spare needs no help from other processes.
    if (this.sink && this.sink.room() > 0) return;
    this.pool
      .query({
        name: 'queue.notify',
        text: 'SELECT pg_notify($1, $2)',
        values: [this.notifications.channel, DUE],
      })
      .catch((error: unknown) => {
        this.logger.warn({ event: 'queue.notify_failed', reason: reasonOf(error) });
      });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
