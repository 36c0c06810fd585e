import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Batcher } from '../batching/batcher.js';
import type { EventEnvelope } from '../events/event-envelope.js';
import { AcceptFailedError } from '../integration.error.js';
import { isLockTimeout } from '../persistence/sql-state.js';
import { DeliveryQueue } from '../queue/delivery-queue.js';
import { SubscriptionMatcher } from '../subscriptions/subscription.matcher.js';
import type { AcceptedEvent } from './accepted-event.js';
import { EventStore, routed, type RoutedEvents } from './event.store.js';
import { EventWriter, StaleRoutesError, type WrittenEvents } from './event.writer.js';
import { DeliveryChanges } from '../live/delivery.changes.js';
import { IntegrationCounters } from './integration.counters.js';
import { DeliveryGate } from './gate/delivery.gate.js';
import { partedAtGates } from './gate/parted-at-gates.js';
import { PayloadCache } from './payload.cache.js';
import { Turns, type Turn } from './turns.js';

const MAX_BATCH = 500;
const COMMITS_AT_ONCE = 2;
/** Subscriptions that change this often in a row, while we read them, mean something else is wrong. */
const MAX_STALE_READS = 20;
/** Longest that a publish waits for the open transaction that holds its idempotency key. */
const KEY_WAIT_MS = 15_000;
const KEY_RETRY_MS = 50;

/** Makes events durable together with their deliveries, many concurrent ones in one commit. */
@Injectable()
export class EventAcceptor {
  private readonly plain: Batcher<EventEnvelope, AcceptedEvent>;
  /** Null: an open transaction holds the key of an event of the batch. */
  private readonly keyed: Batcher<EventEnvelope, AcceptedEvent | null>;
  private readonly alone: Batcher<EventEnvelope, AcceptedEvent | null>;
  private readonly waitingForKeys = new Set<Promise<AcceptedEvent>>();

  constructor(
    private readonly store: EventStore,
    private readonly writer: EventWriter,
    private readonly matcher: SubscriptionMatcher,
    private readonly queue: DeliveryQueue,
    private readonly gate: DeliveryGate,
    private readonly payloads: PayloadCache,
    private readonly counters: IntegrationCounters,
    private readonly changes: DeliveryChanges,
  ) {
    const batching = { maxBatch: MAX_BATCH, concurrency: COMMITS_AT_ONCE };
    const plain = new Turns();
    const keyed = new Turns();
    this.plain = new Batcher({ ...batching, run: (events) => this.commit(events, plain.next()) });
    // Apart: a key that another transaction holds must not keep events without keys waiting, …
    this.keyed = new Batcher({
      ...batching,
      run: (events) => this.commitKeyed(events, keyed.next()),
    });
    // … nor events with other keys: each is in nobody's turn but its own.
    this.alone = new Batcher({
      ...batching,
      maxBatch: 1,
      run: (events) => this.commitKeyed(events, new Turns().next()),
    });
  }

  /**
   * Resolves after the commit.
   * @throws AcceptFailedError: nothing was written, or (the connection broke at the commit) it may
   * have been; publishing again with an idempotency key is safe either way
   */
  async accept(event: EventEnvelope): Promise<AcceptedEvent> {
    try {
      if (event.idempotencyKey === null) return await this.plain.add(event);
      return (await this.keyed.add(event)) ?? (await this.acceptAlone(event));
    } catch (error) {
      throw new AcceptFailedError(event.type, event.id, error);
    }
  }

  /** Resolves once nothing waits to be committed. */
  async drain(): Promise<void> {
    await Promise.all([this.plain.drained(), this.keyed.drained()]);
    while (this.waitingForKeys.size > 0) await Promise.allSettled(this.waitingForKeys);
  }

  /** Again and again, for as long as another's open transaction holds its key. */
  private acceptAlone(event: EventEnvelope): Promise<AcceptedEvent> {
    const accepting = (async () => {
      const giveUpAt = performance.now() + KEY_WAIT_MS;
      while (performance.now() < giveUpAt) {
        const accepted = await this.alone.add(event);
        if (accepted) return accepted;
        await delay(KEY_RETRY_MS);
      }
      throw new Error(
        `another transaction holds the idempotency key '${event.idempotencyKey}' and has not ended within ${KEY_WAIT_MS / 1_000} seconds; publish again when it has`,
      );
    })();
    this.waitingForKeys.add(accepting);
    const done = () => this.waitingForKeys.delete(accepting);
    accepting.then(done, done);
    return accepting;
  }

  private async commit(events: readonly EventEnvelope[], turn: Turn): Promise<AcceptedEvent[]> {
    const { accepted, batch } = await this.inTurn(events, turn, (fresh) =>
      this.writer.write(this.store.execute, fresh),
    );
    this.announce(batch);
    return accepted;
  }

  private async commitKeyed(
    events: readonly EventEnvelope[],
    turn: Turn,
  ): Promise<readonly (AcceptedEvent | null)[]> {
    try {
      const { accepted, batch } = await this.inTurn(events, turn, (fresh) =>
        this.writer.writeKeyed(this.store.execute, fresh, 'brief'),
      );
      this.announce(batch);
      return accepted;
    } catch (error) {
      if (isLockTimeout(error)) return events.map(() => null);
      throw error;
    }
  }

  /** After the commit. A queue that can't be reached is no failure: the sweep finds what is due. */
  private announce(batch: RoutedEvents): void {
    const { events, deliveries } = batch;
    this.counters.accepted += events.length;
    if (deliveries.length === 0) return;
    for (const { event } of deliveries) this.payloads.keep(event);
    const { due, lines } = partedAtGates(batch);
    if (due.length > 0) this.queue.announce(due.map((id) => ({ id, inMs: 0 })));
    this.gate.arrived(lines);
    if (this.changes.areWatched) this.changes.note(deliveries.map(({ id }) => id));
  }

  /** Events of ordered subscriptions are written after those of the batches before, not beside them. */
  private async inTurn(
    events: readonly EventEnvelope[],
    turn: Turn,
    write: (batch: RoutedEvents) => Promise<WrittenEvents>,
  ): Promise<WrittenEvents> {
    try {
      return await this.whileStale(events, async (batch) => {
        if (batch.deliveries.some(({ gate }) => gate && gate.orderKey !== null)) await turn.comes;
        return write(batch);
      });
    } finally {
      turn.end();
    }
  }

  /** Matches and writes until the routes are those of the moment of writing. */
  private async whileStale(
    events: readonly EventEnvelope[],
    write: (batch: RoutedEvents) => Promise<WrittenEvents>,
  ): Promise<WrittenEvents> {
    for (let read = 1; ; read++) {
      const routes = await this.matcher.match(events);
      try {
        return await write(routed(events, routes));
      } catch (error) {
        if (!(error instanceof StaleRoutesError) || read === MAX_STALE_READS) throw error;
        this.matcher.forget(routes.revisions.keys());
      }
    }
  }
}
