import { Inject, Injectable, Logger } from '@nestjs/common';
import { Batcher } from '../batching/batcher.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import type { DeliverySink, Taken } from '../queue/delivery-queue.js';
import { AttemptRecorder } from './attempt.recorder.js';
import { DeliveryDispatcher, type Dispatched, type DispatchResult } from './delivery.dispatcher.js';
import { DeliveryLoader } from './delivery.loader.js';
import { CircuitBreaker } from './gate/circuit.breaker.js';
import { DeliveryGate } from './gate/delivery.gate.js';
import { IntegrationCounters } from './integration.counters.js';
import { Pacer } from './gate/pacer.js';
import { LeaseStore, type Lease, type LeaseEnding } from './lease.store.js';
import { sorted, type Runnable } from './loaded-leases.js';
import { nextStep } from './next-step.js';
import { retryScheduleOf } from './retry-schedule.js';
import { WorkerPlaces } from './worker.places.js';

interface InFlight {
  readonly lease: Lease;
  /** By `performance.now()`. */
  readonly takenAt: number;
  /** By `performance.now()`: until then no one else may attempt it. */
  leasedUntil: number;
  dispatched: Dispatched | null;
  /** Its outcome is known and being written. */
  isRecording: boolean;
  /** Its end says nothing of the receiver. */
  isLeaseLost: boolean;
}

const WATCH_EVERY_MS = 100;
const LEASES_AT_ONCE = 2;
/** Beyond the grace time: outcomes that are known should be written, not attempted again. */
const RECORD_WITHIN_MS = 3_000;
/** A look at other subscriptions may take that share of the capacity more than there is room for. */
const FAIR_SHARE = 0.25;
/** What was late that long ago says nothing of now. */
const LATE_FOR_MS = 1_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

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
  private readonly places: WorkerPlaces;
  private readonly pacer = new Pacer();
  /** When deliveries were last found that had been due for a while. */
  private lateAt = -Infinity;
  private fairLook: Promise<void> | null = null;
  private fairAfter = FIRST_ID;
  private draining = false;
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
    private readonly gate: DeliveryGate,
    private readonly breaker: CircuitBreaker,
    @Inject(RESOLVED_OPTIONS) { worker }: ResolvedIntegrationOptions,
  ) {
    this.capacity = worker.concurrency;
    this.places = new WorkerPlaces(worker.concurrency);
    this.leaseMs = worker.leaseMs;
    this.takes = new Batcher({
      maxBatch: 64,
      concurrency: LEASES_AT_ONCE,
      run: async (groups) => {
        await this.takeAsRoomAllows(groups.flat());
        return groups.map(() => undefined);
      },
    });
  }

  start(): void {
    this.watch ??= setInterval(() => this.watchInFlight(), WATCH_EVERY_MS);
  }

  room(): number {
    return Math.max(0, this.places.free - this.reserved);
  }

  whenRoom(): Promise<void> {
    if (this.room() > 0 || this.draining) return Promise.resolve();
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

  /** A few of each of the subscriptions that have due deliveries, whatever waits in front of them. */
  private async takeOfOthers(): Promise<void> {
    const { due, after } = await this.leases.dueOfEach(this.fairAfter);
    this.fairAfter = after ?? FIRST_ID;
    const extra = Math.ceil(this.capacity * FAIR_SHARE);
    const ids = this.places.fairly(due).map(({ id }) => id);
    const room = Math.min(ids.length, this.places.free - this.reserved + extra);
    if (room > 0 && !this.draining) {
      await this.begin(room, () => this.leases.take(ids.slice(0, room)));
    }
  }

  /** What is left while draining stays due: another worker, or the sweep, finds it. */
  private async takeAsRoomAllows(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length && !this.draining;) {
      await this.whenRoom();
      const group = ids.slice(from, from + this.room());
      from += group.length;
      if (group.length > 0) await this.begin(group.length, () => this.leases.take(group));
    }
  }

  /**
   * Waits for what is under way, then gives back the rest, whose ids it returns. Call after the queue
   * has stopped handing deliveries over.
   */
  async drain(graceMs: number): Promise<readonly string[]> {
    this.draining = true;
    this.madeRoom();
    await this.takes.drained();
    await this.fairLook;
    await this.idleWithin(graceMs);
    const left = [...this.inFlight.values()].filter(({ isRecording }) => !isRecording);
    const ids = left.map(({ lease }) => lease.deliveryId);
    for (const id of ids) this.inFlight.delete(id);
    for (const { dispatched } of left) dispatched?.abort('the worker was shut down');
    if (left.length > 0) {
      for (const id of ids) this.places.leave(id);
      await this.leases.release(left.map(({ lease }) => lease));
      this.logger.warn({ event: 'worker.gave_back', deliveries: left.length });
    }
    await this.idleWithin(RECORD_WITHIN_MS);
    if (this.watch) clearInterval(this.watch);
    this.watch = null;
    this.draining = false;
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
      const now = performance.now();
      for (const taken of leased) {
        if (taken.isLate) this.lateAt = now;
        this.places.take(taken.deliveryId, taken.subscriptionId);
        this.inFlight.set(taken.deliveryId, {
          lease: taken,
          takenAt,
          leasedUntil,
          dispatched: null,
          isRecording: false,
          isLeaseLost: false,
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
      const passing = await this.passing(leases);
      if (passing.length === 0) return;
      const { runnable, endings } = sorted(await this.loader.load(passing));
      if (endings.length > 0) await this.end(endings);
      for (const loaded of runnable) void this.attempt(loaded);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ event: 'worker.load_failed', deliveries: leases.length, reason });
      // Not released: the database is likely away, and the leases end by themselves.
      for (const { deliveryId } of leases) this.finish(deliveryId);
    }
  }

  /** Those that may be attempted now; the others are put to their gates. */
  private async passing(leases: readonly Lease[]): Promise<readonly Lease[]> {
    const tooSlow = new Set(
      leases
        .filter(({ subscriptionId }) => this.places.isTooSlow(subscriptionId))
        .map(({ subscriptionId }) => subscriptionId),
    );
    const mustWait = ({ mustBeHeld, isGated, subscriptionId }: Lease) =>
      mustBeHeld || (!isGated && tooSlow.has(subscriptionId));
    for (const id of tooSlow) await this.gate.slowDown(id, this.places.slowAllowance);
    const held = leases.filter(mustWait);
    if (held.length === 0) return leases;
    await this.gate.hold(held);
    for (const { deliveryId } of held) this.finish(deliveryId);
    return leases.filter((lease) => !mustWait(lease));
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
      if (lease.isGated) this.gate.left(lease, { isQuick: false });
    }
  }

  private async attempt(loaded: Runnable): Promise<void> {
    const { lease, subscription } = loaded;
    const inFlight = this.inFlight.get(lease.deliveryId);
    if (!inFlight) return;
    try {
      if (subscription.limits) await this.pacer.turn(lease.subscriptionId, subscription.limits);
      if (inFlight.isLeaseLost || this.inFlight.get(lease.deliveryId) !== inFlight) return;
      const result = await this.dispatched(loaded, inFlight);
      // Given back, or taken by another worker: its result is not ours to write.
      if (this.inFlight.get(lease.deliveryId) !== inFlight) return;
      inFlight.isRecording = true;
      const { outcome, latencyMs } = result;
      if (outcome.kind === 'cancelled') {
        await this.end([{ lease, state: 'cancelled', reason: outcome.reason }]);
        if (await this.breaker.noteUnsent(lease)) this.gate.moved(lease.subscriptionId);
        return;
      }
      const isDelivered = outcome.kind === 'delivered';
      const isQuick = this.places.end(lease.deliveryId, { latencyMs, isDelivered });
      const next = nextStep({
        schedule: retryScheduleOf(subscription.retryPolicy),
        retries: lease.retries,
        outcome,
        random: Math.random,
      });
      const { event, thread } = loaded;
      await this.recorder.record({ ...result, outcome, lease, event, thread, next });
      if (!inFlight.isLeaseLost) {
        const noted = result.endedInTransformation
          ? this.breaker.noteUnsent(lease)
          : this.breaker.note(lease, outcome);
        if (await noted) this.gate.moved(lease.subscriptionId);
      }
      if (lease.isGated) this.gate.left(lease, { isQuick });
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const { deliveryId, eventId, subscriptionId } = lease;
      this.logger.error({ event: 'worker.failed', deliveryId, eventId, subscriptionId, reason });
    } finally {
      if (this.inFlight.get(lease.deliveryId) === inFlight) this.finish(lease.deliveryId);
    }
  }

  private dispatched(loaded: Runnable, inFlight: InFlight): Promise<DispatchResult> {
    const { lease, event, subscription, thread } = loaded;
    const dispatched = this.dispatcher.dispatch({
      deliveryId: lease.deliveryId,
      attempt: lease.attempts + 1,
      isReplay: lease.isReplay,
      isTest: false,
      event,
      subscription,
      thread,
    });
    inFlight.dispatched = dispatched;
    this.places.begin(lease.deliveryId, performance.now());
    return dispatched.result;
  }

  private finish(deliveryId: string): void {
    this.inFlight.delete(deliveryId);
    this.lastProgressAt = performance.now();
    this.places.leave(deliveryId);
    this.madeRoom();
  }

  private madeRoom(): void {
    if (this.room() > 0 || this.draining)
      for (const resolve of this.waitingForRoom.splice(0)) resolve();
    if (this.inFlight.size === 0) for (const resolve of this.waitingForIdle.splice(0)) resolve();
  }

  /**
   * One coarse timer for all: ends attempts that are out of time or of lease, renews leases, moves
   * slow attempts, looks for what a backlog keeps waiting.
   */
  private watchInFlight(): void {
    const now = performance.now();
    if (this.places.moveSlow(now)) this.madeRoom();
    if (now - this.lateAt < LATE_FOR_MS || this.room() === 0) this.lookAtOthers();
    const ending: InFlight[] = [];
    for (const entry of this.inFlight.values()) {
      if (entry.leasedUntil <= now) abandon(entry, 'the lease ran out');
      else if (entry.dispatched && entry.dispatched.deadline <= now) {
        entry.dispatched.abort('the provider did not end in time');
      }
      if (entry.leasedUntil - now < (this.leaseMs * 2) / 3) ending.push(entry);
    }
    if (ending.length > 0 && !this.renewing) void this.renew(ending);
  }

  private lookAtOthers(): void {
    if (this.draining) return;
    this.fairLook ??= this.takeOfOthers()
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.error({ event: 'worker.look_failed', reason });
      })
      .finally(() => (this.fairLook = null));
  }

  private async renew(entries: readonly InFlight[]): Promise<void> {
    this.renewing = true;
    const leasedUntil = performance.now() + this.leaseMs;
    try {
      const ours = await this.leases.renew(entries.map(({ lease }) => lease));
      for (const entry of entries) {
        if (ours.has(entry.lease.deliveryId)) entry.leasedUntil = leasedUntil;
        else abandon(entry, 'another worker took the lease');
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ event: 'worker.renew_failed', deliveries: entries.length, reason });
    } finally {
      this.renewing = false;
    }
  }
}

function abandon(entry: InFlight, reason: string): void {
  entry.isLeaseLost = true;
  entry.dispatched?.abort(reason);
}
