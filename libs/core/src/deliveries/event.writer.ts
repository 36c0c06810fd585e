import { Injectable } from '@nestjs/common';
import type { EventEnvelope } from '../events/event-envelope.js';
import type { AcceptedEvent } from './accepted-event.js';
import { EventStore, type Execute, type KeyPatience, type RoutedEvents } from './event.store.js';

export interface WrittenEvents {
  /** In the order of the events. */
  readonly accepted: AcceptedEvent[];
  /** What was new and is now in the database. */
  readonly batch: RoutedEvents;
}

/** A subscription changed between matching and writing: nothing was written. */
export class StaleRoutesError extends Error {
  constructor() {
    super('the subscriptions changed each time they were read');
  }
}

/** Writes matched events, and tells of each whether it was new. */
@Injectable()
export class EventWriter {
  constructor(private readonly store: EventStore) {}

  /** Events without keys. @throws StaleRoutesError */
  async write(execute: Execute, batch: RoutedEvents): Promise<WrittenEvents> {
    if (!(await this.store.write(execute, batch))) throw new StaleRoutesError();
    return { accepted: batch.events.map((event, i) => newlyAccepted(event, batch, i)), batch };
  }

  /** Events with keys: of those whose key is held, the event that holds it. @throws StaleRoutesError */
  async writeKeyed(
    execute: Execute,
    batch: RoutedEvents,
    patience: KeyPatience,
  ): Promise<WrittenEvents> {
    const first = await this.store.writeKeyed(execute, batch, patience);
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
