import { Inject, Injectable, Logger } from '@nestjs/common';
import { Batcher } from '../batching/batcher.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import type { DeliverySink, Taken } from '../queue/delivery-queue.js';
import type { SubscriptionRuntime } from '../subscriptions/subscription-runtime.js';
import { AttemptRecorder } from './attempt.recorder.js';
import { DeliveryDispatcher, type Dispatched, type DispatchResult } from './delivery.dispatcher.js';
import { DeliveryLoader, type LoadedLease } from './delivery.loader.js';
import { IntegrationCounters } from './integration.counters.js';
import { LeaseStore, type Lease, type LeaseEnding } from './lease.store.js';
import { nextStep } from './next-step.js';
import { retryScheduleOf } from './retry-schedule.js';

interface InFlight {
  readonly lease: Lease;
  /** By `performance.now()`. */
  readonly takenAt: number;
  /** By `performance.now()`: until then no one else may attempt it. */
  leasedUntil: number;
  dispatched: Dispatched | null;
  /** Its outcome is known and being written. */
  isRecording: boolean;
}

const WATCH_EVERY_MS = 100;
const LEASES_AT_ONCE = 2;
/** Beyond the grace time: outcomes that are known should be written, not attempted again. */
const RECORD_WITHIN_MS = 3_000;

/** Attempts what it holds leases for: lease, load, dispatch, record. */
@Injectable()
export class DeliveryWorker implements DeliverySink {
  private readonly logger = new Logger('IntegrationDeliveries');
  private readonly inFlight = new Map<string, InFlight>();
  /** Taken by `takeDue` or `take`, not yet leased: they hold room. */
  private reserved = 0;
  private waitingForRoom: (() => void)[] = [];
  private waitingForIdle: (() => void)[] = [];
  private watch: NodeJS.Timeout | null = null;
  private renewing = false;
  private lastProgressAt = performance.now();
  private readonly takes: Batcher<readonly string[], undefined>;
  readonly capacity: number;
  private readonly leaseMs: number;

  constructor(
    private readonly leases: LeaseStore,
    private readonly loader: DeliveryLoader,
    private readonly dispatcher: DeliveryDispatcher,
    private readonly recorder: AttemptRecorder,
    private readonly counters: IntegrationCounters,
    @Inject(RESOLVED_OPTIONS) { worker }: ResolvedIntegrationOptions,
  ) {
    this.capacity = worker.concurrency;
    this.leaseMs = worker.leaseMs;
    this.takes = new Batcher({
      maxBatch: 64,
      concurrency: LEASES_AT_ONCE,
      run: async (groups) => {
        await this.begin(groups.flat().length, () => this.leases.take(groups.flat()));
        return groups.map(() => undefined);
      },
    });
  }

  start(): void {
    this.watch ??= setInterval(() => this.watchInFlight(), WATCH_EVERY_MS);
  }

  room(): number {
    return Math.max(0, this.capacity - this.inFlight.size - this.reserved);
  }

  whenRoom(): Promise<void> {
    if (this.room() > 0) return Promise.resolve();
    return new Promise((resolve) => this.waitingForRoom.push(resolve));
  }

  /** Deliveries being attempted or recorded. */
  get busy(): number {
    return this.inFlight.size;
  }

  /** Milliseconds since an attempt last ended, while some are under way: tells stuck from busy. */
  get stalledMs(): number {
    return this.inFlight.size === 0 ? 0 : performance.now() - this.lastProgressAt;
  }

  /** Milliseconds by which the most overdue attempt is beyond its deadline; 0: all are in time. */
  get overdueMs(): number {
    const now = performance.now();
    let overdue = 0;
    for (const { dispatched, takenAt } of this.inFlight.values()) {
      overdue = Math.max(overdue, now - (dispatched?.deadline ?? takenAt));
    }
    return overdue;
  }

  async take(ids: readonly string[]): Promise<void> {
    await this.takes.add(ids);
  }

  async takeDue(limit: number): Promise<Taken> {
    let mayBeMore = false;
    const count = await this.begin(Math.min(limit, this.room()), async (room) => {
      const taken = await this.leases.takeDue(room);
      mayBeMore = taken.mayBeMore;
      return taken.leases;
    });
    return { count, mayBeMore };
  }

  /**
   * Waits for what is under way, then gives back the rest, whose ids it returns. Call after the queue
   * has stopped handing deliveries over.
   */
  async drain(graceMs: number): Promise<readonly string[]> {
    await this.takes.drained();
    await this.idleWithin(graceMs);
    const left = [...this.inFlight.values()].filter(({ isRecording }) => !isRecording);
    const ids = left.map(({ lease }) => lease.deliveryId);
    for (const id of ids) this.inFlight.delete(id);
    for (const { dispatched } of left) dispatched?.abort('the worker was shut down');
    if (left.length > 0) {
      await this.leases.release(left.map(({ lease }) => lease));
      this.logger.warn({ event: 'worker.gave_back', deliveries: left.length });
    }
    await this.idleWithin(RECORD_WITHIN_MS);
    if (this.watch) clearInterval(this.watch);
    this.watch = null;
    return ids;
  }

  private idleWithin(graceMs: number): Promise<void> {
    if (this.inFlight.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.waitingForIdle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private async begin(room: number, lease: (room: number) => Promise<Lease[]>): Promise<number> {
    this.reserved += room;
    let leased: Lease[];
    const takenAt = performance.now();
    const leasedUntil = takenAt + this.leaseMs;
    try {
      leased = await lease(room);
      // Idle until now: what is stuck has not moved since, not since the last attempt of long ago.
      if (this.inFlight.size === 0) this.lastProgressAt = performance.now();
      for (const taken of leased) {
        this.inFlight.set(taken.deliveryId, {
          lease: taken,
          takenAt,
          leasedUntil,
          dispatched: null,
          isRecording: false,
        });
      }
    } finally {
      this.reserved -= room;
      this.madeRoom();
    }
    if (leased.length > 0) void this.run(leased);
    return leased.length;
  }

  /** From here on nothing is thrown: what goes wrong ends in a recorded attempt or an expired lease. */
  private async run(leases: readonly Lease[]): Promise<void> {
    try {
      const { runnable, endings } = sorted(await this.loader.load(leases));
      if (endings.length > 0) await this.end(endings);
      for (const loaded of runnable) void this.attempt(loaded);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ event: 'worker.load_failed', deliveries: leases.length, reason });
      // Not released: the database is likely away, and the leases end by themselves.
      for (const { deliveryId } of leases) this.finish(deliveryId);
    }
  }

  private async end(endings: readonly LeaseEnding[]): Promise<void> {
    await this.leases.end(endings);
    for (const { lease, state, reason } of endings) {
      this.counters[state]++;
      const { deliveryId, eventId, subscriptionId } = lease;
      this.logger.warn({
        event: 'delivery.not_attempted',
        deliveryId,
        eventId,
        subscriptionId,
        state,
        reason,
      });
      this.finish(deliveryId);
    }
  }

  private async attempt(loaded: Runnable): Promise<void> {
    const { lease, subscription } = loaded;
    const inFlight = this.inFlight.get(lease.deliveryId);
    if (!inFlight) return;
    try {
      const result = await this.dispatched(loaded, inFlight);
      // Given back, or taken by another worker: its result is not ours to write.
      if (this.inFlight.get(lease.deliveryId) !== inFlight) return;
      inFlight.isRecording = true;
      const { outcome } = result;
      const next = nextStep({
        schedule: retryScheduleOf(subscription.retryPolicy),
        retries: lease.retries,
        outcome,
        random: Math.random,
      });
      await this.recorder.record({ ...result, lease, event: loaded.event, next });
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const { deliveryId, eventId, subscriptionId } = lease;
      this.logger.error({ event: 'worker.failed', deliveryId, eventId, subscriptionId, reason });
    } finally {
      if (this.inFlight.get(lease.deliveryId) === inFlight) this.finish(lease.deliveryId);
    }
  }

  private dispatched(loaded: Runnable, inFlight: InFlight): Promise<DispatchResult> {
    const { lease, event, subscription } = loaded;
    const dispatched = this.dispatcher.dispatch({
      deliveryId: lease.deliveryId,
      attempt: lease.attempts + 1,
      isReplay: lease.isReplay,
      isTest: false,
      event,
      subscription,
    });
    inFlight.dispatched = dispatched;
    return dispatched.result;
  }

  private finish(deliveryId: string): void {
    this.inFlight.delete(deliveryId);
    this.lastProgressAt = performance.now();
    this.madeRoom();
  }

  private madeRoom(): void {
    if (this.room() > 0) for (const resolve of this.waitingForRoom.splice(0)) resolve();
    if (this.inFlight.size === 0) for (const resolve of this.waitingForIdle.splice(0)) resolve();
  }

  /** One coarse timer for all: ends attempts that are out of time or of lease, renews leases. */
  private watchInFlight(): void {
    const now = performance.now();
    const ending: InFlight[] = [];
    for (const entry of this.inFlight.values()) {
      if (entry.leasedUntil <= now) entry.dispatched?.abort('the lease ran out');
      else if (entry.dispatched && entry.dispatched.deadline <= now) {
        entry.dispatched.abort('the provider did not end in time');
      }
      if (entry.leasedUntil - now < (this.leaseMs * 2) / 3) ending.push(entry);
    }
    if (ending.length > 0 && !this.renewing) void this.renew(ending);
  }

  private async renew(entries: readonly InFlight[]): Promise<void> {
    this.renewing = true;
    const leasedUntil = performance.now() + this.leaseMs;
    try {
      const ours = await this.leases.renew(entries.map(({ lease }) => lease));
      for (const entry of entries) {
        if (ours.has(entry.lease.deliveryId)) entry.leasedUntil = leasedUntil;
        else entry.dispatched?.abort('another worker took the lease');
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ event: 'worker.renew_failed', deliveries: entries.length, reason });
    } finally {
      this.renewing = false;
    }
  }
}

interface Runnable extends LoadedLease {
  readonly event: NonNullable<LoadedLease['event']>;
  readonly subscription: SubscriptionRuntime;
}

/** Parts what can be attempted from what can't or must not be, with the reason. */
function sorted(loaded: readonly LoadedLease[]): {
  runnable: Runnable[];
  endings: LeaseEnding[];
} {
  const runnable: Runnable[] = [];
  const endings: LeaseEnding[] = [];
  for (const { lease, event, subscription } of loaded) {
    if (lease.subscriptionRevision === null || !subscription) {
      endings.push({ lease, state: 'cancelled', reason: 'The subscription was deleted' });
    } else if (!lease.subscriptionEnabled && !lease.isReplay) {
      endings.push({ lease, state: 'cancelled', reason: 'The subscription is disabled' });
    } else if (!event) {
      endings.push({
        lease,
        state: 'cancelled',
        reason: 'The event is gone: its history was removed',
      });
    } else if ('broken' in subscription) {
      endings.push({ lease, state: 'failed', reason: subscription.broken });
    } else {
      runnable.push({ lease, event, subscription });
    }
  }
  return { runnable, endings };
}
