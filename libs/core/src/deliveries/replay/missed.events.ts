import { newId, patternMatches } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { INTEGRATION_DATA_SOURCE } from '../../persistence/integration-data-source.token.js';
import { schemaOf } from '../../persistence/schema-name.js';
import { uuidFloor } from '../../persistence/partitions.js';
import { compileFilter } from '../../subscriptions/event-filter.js';
import { EventTypeCatalog } from '../../subscriptions/event-type-catalog.js';
import { countInTime } from './count-in-time.js';

/** What of a subscription decides which events it takes. */
export interface Taker {
  readonly id: string;
  readonly tenant: string;
  readonly eventTypes: readonly string[];
  readonly filter: Readonly<Record<string, unknown>> | null;
}

export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** Events that a search has looked through, in the order of type and id. */
export interface SearchPlace {
  readonly type: string | null;
  readonly id: string | null;
}

export interface SearchResult {
  /** Ids of events that the subscription takes and has no delivery of. */
  readonly eventIds: readonly string[];
  /** Null: there is nothing further. */
  readonly place: SearchPlace | null;
}

interface FoundEvent {
  readonly id: string;
  readonly is_missed: boolean;
  readonly payload: unknown;
}

/** Events looked at in one round trip. */
const WINDOW = 1_000;

/**
 * Events that a subscription takes and that have no delivery for it: accepted while it was disabled,
 * or before it was there. They are looked for by type and time, a bounded number at a time.
 */
@Injectable()
export class MissedEvents {
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly catalog: EventTypeCatalog,
  ) {
    this.schema = schemaOf(dataSource);
  }

  /** How many there are before the filter. Null: too many to count in time. */
  async count(taker: Taker, { from, to }: Span): Promise<number | null> {
    return countInTime(
      this.dataSource,
      `SELECT count(*)::int AS count FROM ${this.schema}.integration_events e
       WHERE e.tenant = $1 AND e.type = ANY($2::text[]) AND e.id >= $3 AND e.id < $4
         AND e.payload IS NOT NULL
         AND NOT ${this.hasDelivery('$5')}`,
      [taker.tenant, this.typesOf(taker), floorOf(from), floorOf(to), taker.id],
    );
  }

  /** Looks on from a place, through one window of one type; finds at most `limit`. */
  async search(
    taker: Taker,
    span: Span,
    { place, limit }: { place: SearchPlace; limit: number },
  ): Promise<SearchResult> {
    const types = this.typesOf(taker);
    const type = types.find((id) => place.type === null || id >= place.type);
    if (type === undefined) return { eventIds: [], place: null };
    const after = type === place.type ? place.id : null;
    const events = await this.window(taker, span, { type, after });
    const takes = taker.filter ? compileFilter(taker.filter) : () => true;
    const eventIds: string[] = [];
    for (const event of events) {
      if (event.is_missed && takes(event.payload)) eventIds.push(event.id);
      if (eventIds.length === limit) return { eventIds, place: { type, id: event.id } };
    }
    const last = events.at(-1);
    if (events.length === WINDOW && last) return { eventIds, place: { type, id: last.id } };
    const next = types.find((id) => id > type);
    return { eventIds, place: next === undefined ? null : { type: next, id: null } };
  }

  /** Makes their deliveries, marked as replays; none where there is one by now. Returns their ids. */
  async deliver(
    manager: EntityManager,
    subscriptionId: string,
    eventIds: readonly string[],
  ): Promise<string[]> {
    if (eventIds.length === 0) return [];
    await this.lockSubscription(manager, subscriptionId);
    const rows: { id: string }[] = await manager.query(
      `INSERT INTO ${this.schema}.deliveries
         (id, event_id, subscription_id, tenant, event_type, is_replay)
       SELECT made.id, e.id, $3, e.tenant, e.type, true
       FROM unnest($1::uuid[], $2::uuid[]) AS made(id, event_id)
       JOIN ${this.schema}.integration_events e ON e.id = made.event_id
       WHERE NOT ${this.hasDelivery('$3')}
       RETURNING id`,
      [eventIds.map(() => newId()), eventIds, subscriptionId],
    );
    return rows.map(({ id }) => id);
  }

  /** Until the transaction ends no one else makes deliveries for events that the subscription missed. */
  async lockSubscription(manager: EntityManager, subscriptionId: string): Promise<void> {
    await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `${this.schema}.recover.${subscriptionId}`,
    ]);
  }

  private window(
    { id, tenant, filter }: Taker,
    { from, to }: Span,
    { type, after }: { type: string; after: string | null },
  ): Promise<FoundEvent[]> {
    return this.dataSource.query(
      `SELECT e.id, NOT ${this.hasDelivery('$6')} AS is_missed,
         ${filter ? 'e.payload' : 'NULL'} AS payload
       FROM (
         SELECT id, payload FROM ${this.schema}.integration_events
         WHERE tenant = $1 AND type = $2 AND id >= $3 AND id < $4 AND ($5::uuid IS NULL OR id > $5)
           AND payload IS NOT NULL
         ORDER BY id LIMIT ${WINDOW}
       ) e ORDER BY e.id`,
      [tenant, type, floorOf(from), floorOf(to), after, id],
    );
  }

  private hasDelivery(subscriptionId: string): string {
    return `EXISTS (SELECT FROM ${this.schema}.deliveries d
      WHERE d.event_id = e.id AND d.subscription_id = ${subscriptionId}::uuid)`;
  }

  /** In order, so that a search can go on after a restart. */
  private typesOf({ eventTypes }: Taker): string[] {
    return this.catalog
      .ids()
      .filter((id) => eventTypes.some((pattern) => patternMatches(pattern, id)))
      .sort();
  }
}

function floorOf(time: Date): string {
  return uuidFloor(time.getTime());
}
