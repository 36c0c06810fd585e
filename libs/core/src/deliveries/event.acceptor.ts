import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Batcher } from '../batching/batcher.js';
import type { EventEnvelope } from '../events/event-envelope.js';
import { AcceptFailedError } from '../integration.error.js';
import { DeliveryQueue } from '../queue/delivery-queue.js';
import { SubscriptionMatcher } from '../subscriptions/subscription.matcher.js';
import { CommitNotifier } from './commit.notifier.js';
import { EventStore, routed, type Execute, type RoutedEvents } from './event.store.js';
import { IntegrationCounters } from './integration.counters.js';
import { PayloadCache } from './payload.cache.js';

/** An event that is durable. */
export interface AcceptedEvent {
  /** The `webhook-id` of all its deliveries. */
  readonly id: string;
  readonly type: string;
  readonly occurredAt: Date;
  /** Deliveries that this call made. */
  readonly deliveries: number;
  /** True: an event with this idempotency key was there; this is that one. */
  readonly duplicate: boolean;
}

const MAX_BATCH = 500;
const COMMITS_AT_ONCE = 2;
/** Subscriptions that change this often in a row, while we read them, mean something else is wrong. */
const MAX_STALE_READS = 20;

/** Makes events durable together with their deliveries, many concurrent ones in one commit. */
@Injectable()
export class EventAcceptor {
  private readonly plain: Batcher<EventEnvelope, AcceptedEvent>;
  private readonly keyed: Batcher<EventEnvelope, AcceptedEvent>;

  constructor(
    private readonly store: EventStore,
    private readonly matcher: SubscriptionMatcher,
    private readonly queue: DeliveryQueue,
    private readonly notifier: CommitNotifier,
    private readonly payloads: PayloadCache,
    private readonly counters: IntegrationCounters,
  ) {
    const batching = { maxBatch: MAX_BATCH, concurrency: COMMITS_AT_ONCE };
    this.plain = new Batcher({ ...batching, run: (events) => this.commit(events) });
    // Apart: a key that another transaction holds must not keep events without keys waiting.
    this.keyed = new Batcher({ ...batching, run: (events) => this.commitKeyed(events) });
  }

  /**
   * Resolves after the commit.
   * @throws AcceptFailedError: nothing was written, or (the connection broke at the commit) it may
   * have been; publishing again with an idempotency key is safe either way
   */
  async accept(event: EventEnvelope): Promise<AcceptedEvent> {
    try {
      return await (event.idempotencyKey === null ? this.plain : this.keyed).add(event);
    } catch (error) {
      throw new AcceptFailedError(event.type, event.id, error);
    }
  }

  /**
   * Writes in the caller's transaction; workers hear of it when that commits.
   * @throws AcceptFailedError; the caller's transaction is then aborted
   */
  async acceptWithin(manager: EntityManager, event: EventEnvelope): Promise<AcceptedEvent> {
    const execute = this.store.executeWithin(manager);
    try {
      const batch = routed([event], await this.matcher.matchAfresh([event]));
      const written =
        event.idempotencyKey === null
          ? await this.writeOnce(execute, batch)
          : await this.writeKeyedOnce(execute, batch);
      await this.notifier.notifyOnCommit(
        execute,
        written.batch.deliveries.map(({ id }) => id),
      );
      const [accepted] = written.accepted;
      if (!accepted) throw new Error('nothing was written');
      this.counters.acceptedWithin += written.batch.events.length;
      return accepted;
    } catch (error) {
      throw new AcceptFailedError(event.type, event.id, error);
    }
  }

  /** Resolves once nothing waits to be committed. */
  async drain(): Promise<void> {
    await Promise.all([this.plain.drained(), this.keyed.drained()]);
  }

  private async commit(events: readonly EventEnvelope[]): Promise<AcceptedEvent[]> {
    const { accepted, batch } = await this.whileStale(events, (fresh) =>
      this.writeOnce(this.store.execute, fresh),
    );
    this.announce(batch);
    return accepted;
  }

  private async commitKeyed(events: readonly EventEnvelope[]): Promise<AcceptedEvent[]> {
    const { accepted, batch } = await this.whileStale(events, (fresh) =>
      this.writeKeyedOnce(this.store.execute, fresh),
    );
    this.announce(batch);
    return accepted;
  }

  /** After the commit. A queue that can't be reached is no failure: the sweep finds what is due. */
  private announce({ events, deliveries }: RoutedEvents): void {
    this.counters.accepted += events.length;
    if (deliveries.length === 0) return;
    for (const { event } of deliveries) this.payloads.keep(event);
    this.queue.announce(deliveries.map(({ id }) => ({ id, inMs: 0 })));
  }

  private async writeOnce(execute: Execute, batch: RoutedEvents): Promise<Written> {
    if (!(await this.store.write(execute, batch))) throw new StaleRoutesError();
    return { accepted: batch.events.map((event, i) => newlyAccepted(event, batch, i)), batch };
  }

  private async writeKeyedOnce(execute: Execute, batch: RoutedEvents): Promise<Written> {
    const first = await this.store.writeKeyed(execute, batch);
    if (!first) throw new StaleRoutesError();
    const duplicates = batch.events.filter(({ id }) => !first.has(id));
    const holders = duplicates.length > 0 ? await this.store.holdersOf(execute, duplicates) : null;
    const accepted = batch.events.map((event, i) => {
      if (first.has(event.id)) return newlyAccepted(event, batch, i);
      const holder = holders?.get(`${event.tenant}\0${event.idempotencyKey}`);
      // Its row may be gone by retention while its key is still held.
      return {
        id: holder?.id ?? event.id,
        type: event.type,
        occurredAt: holder?.occurredAt ?? new Date(event.occurredAt),
        deliveries: 0,
        duplicate: true,
      };
    });
    return {
      accepted,
      batch: {
        ...batch,
        events: batch.events.filter(({ id }) => first.has(id)),
        deliveries: batch.deliveries.filter(({ event }) => first.has(event.id)),
      },
    };
  }

  /** Matches and writes until the routes are those of the moment of writing. */
  private async whileStale(
    events: readonly EventEnvelope[],
    write: (batch: RoutedEvents) => Promise<Written>,
  ): Promise<Written> {
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

interface Written {
  readonly accepted: AcceptedEvent[];
  /** What was new and is now in the database. */
  readonly batch: RoutedEvents;
}

/** A subscription changed between matching and writing: nothing was written. */
class StaleRoutesError extends Error {
  constructor() {
    super('the subscriptions changed each time they were read');
  }
}

function newlyAccepted(event: EventEnvelope, batch: RoutedEvents, index: number): AcceptedEvent {
  return {
    id: event.id,
    type: event.type,
    occurredAt: new Date(event.occurredAt),
    deliveries: batch.routes.wanted[index]?.length ?? 0,
    duplicate: false,
  };
}
