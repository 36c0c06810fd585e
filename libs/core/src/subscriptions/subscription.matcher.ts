import {
  patternsMatching,
  type DeliveryLimits,
  type DeliveryOrdering,
} from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { TemplateError } from '../integration.error.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { compileFilter, type CompiledFilter } from './event-filter.js';
import { ThreadKey, threadDigest } from '../threads/thread-key.js';
import { orderKeyOf } from './order-key.js';

/** What matching needs to know of an event. */
export interface Matchable {
  readonly type: string;
  readonly tenant: string;
  readonly payload: unknown;
}

/** A subscription that wants an event. */
export interface Route {
  readonly subscriptionId: string;
  /** Null: its delivery is due at once. Otherwise it waits at the subscription's gate. */
  readonly gate: RouteGate | null;
}

export interface RouteGate {
  /** Deliveries with one key go out one after the other; null: side by side. */
  readonly orderKey: string | null;
}

interface Candidate {
  readonly filter: CompiledFilter | null;
  /** The same for every event, unless there is an order. */
  readonly route: Route;
  readonly ordering: DeliveryOrdering | null;
  readonly threadKey: ThreadKey | null;
}

interface TenantRoutes {
  /** Number of the tenant's last change of a subscription that these routes were read at. */
  readonly revision: string;
  readonly byType: Map<string, readonly Candidate[]>;
}

/** Rows of the load: one a candidate, or one with nulls where a type has none. */
interface RouteRow {
  readonly tenant: string;
  readonly type: string;
  readonly revision: string;
  readonly id: string | null;
  readonly filter: Record<string, unknown> | null;
  readonly limits: DeliveryLimits | null;
  readonly ordering: DeliveryOrdering | null;
  readonly thread_key: string | null;
}

/** What the events of one batch are wanted by, and the revisions that it was read at. */
export interface Routes {
  /** In the order of the events. */
  readonly wanted: readonly (readonly Route[])[];
  /** By tenant. */
  readonly revisions: ReadonlyMap<string, string>;
}

/** Tenants whose routes are kept in memory; the one read first goes first. */
const MAX_TENANTS = 10_000;

/**
 * Which subscriptions want an event. Routes are read by tenant and event type, and kept until a
 * writer finds that the tenant's revision has moved: see `forget`.
 */
@Injectable()
export class SubscriptionMatcher {
  private readonly tenants = new Map<string, TenantRoutes>();
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) options: ResolvedIntegrationOptions,
  ) {
    this.schema = options.database.schema;
  }

  /** Matches a batch; what memory lacks is read in one query. */
  async match(events: readonly Matchable[]): Promise<Routes> {
    // Checked again after each load: a concurrent one may have moved a tenant to a newer revision.
    for (;;) {
      const missing = this.missing(events);
      if (missing.length === 0) return this.matchKnown(events);
      await this.load(missing);
    }
  }

  /**
   * Matches with routes read for this call alone: for a writer whose own snapshot may be older than
   * the last change, so that it can't be checked in the writing statement.
   */
  async matchAfresh(events: readonly Matchable[]): Promise<Routes> {
    await this.load(events);
    return { ...(await this.match(events)), revisions: new Map() };
  }

  /** Drops what is known of these tenants: their subscriptions have changed. */
  forget(tenants: Iterable<string>): void {
    for (const tenant of tenants) this.tenants.delete(tenant);
  }

  private missing(events: readonly Matchable[]): { tenant: string; type: string }[] {
    const missing = new Map<string, { tenant: string; type: string }>();
    for (const { tenant, type } of events) {
      if (!this.tenants.get(tenant)?.byType.has(type)) {
        missing.set(`${tenant}\0${type}`, { tenant, type });
      }
    }
    return [...missing.values()];
  }

  private matchKnown(events: readonly Matchable[]): Routes {
    const revisions = new Map<string, string>();
    const wanted = events.map((event) => {
      const routes = this.tenants.get(event.tenant);
      revisions.set(event.tenant, routes?.revision ?? '0');
      return (routes?.byType.get(event.type) ?? [])
        .filter(({ filter }) => !filter || filter(event.payload))
        .map((candidate) => routeOf(candidate, event));
    });
    return { wanted, revisions };
  }

  private async load(keys: readonly { tenant: string; type: string }[]): Promise<void> {
    const { rows } = await this.pool.query<RouteRow>({
      name: 'match.load',
      text: `
        SELECT k.tenant, k.type, coalesce(c.revision, 0)::text AS revision, s.id, s.filter,
          s.limits, s.ordering, s.thread_key
        FROM unnest($1::text[], $2::text[], $3::text[]) AS k(tenant, type, patterns)
        LEFT JOIN ${this.schema}.integration_subscription_changes c ON c.tenant = k.tenant
        LEFT JOIN ${this.schema}.integration_subscriptions s
          ON s.tenant = k.tenant AND s.enabled AND s.event_types && string_to_array(k.patterns, ' ')
        ORDER BY s.id`,
      values: [
        keys.map((key) => key.tenant),
        keys.map((key) => key.type),
        keys.map((key) => patternsMatching(key.type).join(' ')),
      ],
    });
    const fresh = new Map<
      string,
      { revision: string; tenant: string; type: string; candidates: Candidate[] }
    >();
    for (const { tenant, type, revision, id, filter, limits, ordering, thread_key } of rows) {
      const key = `${tenant}\0${type}`;
      let route = fresh.get(key);
      if (!route) fresh.set(key, (route = { revision, tenant, type, candidates: [] }));
      if (id !== null) {
        route.candidates.push({
          filter: filter ? compileFilter(filter) : null,
          route: { subscriptionId: id, gate: limits ? { orderKey: null } : null },
          ordering,
          threadKey: thread_key === null ? null : ThreadKey.compile(thread_key),
        });
      }
    }
    for (const { tenant, type, revision, candidates } of fresh.values()) {
      this.routesAt(tenant, revision).byType.set(type, candidates);
    }
  }

  private routesAt(tenant: string, revision: string): TenantRoutes {
    const known = this.tenants.get(tenant);
    if (known?.revision === revision) return known;
    const routes = { revision, byType: new Map<string, readonly Candidate[]>() };
    this.tenants.delete(tenant);
    this.tenants.set(tenant, routes);
    if (this.tenants.size > MAX_TENANTS) this.evictOldest();
    return routes;
  }

  private evictOldest(): void {
    const oldest = this.tenants.keys().next();
    if (!oldest.done) this.tenants.delete(oldest.value);
  }
}

function routeOf({ route, ordering, threadKey }: Candidate, event: Matchable): Route {
  if (!ordering) return route;
  const orderKey = threadKey
    ? lineOfThread(threadKey, event)
    : orderKeyOf(event.payload, ordering.key);
  return { ...route, gate: { orderKey } };
}

/** Null: it belongs to no thread. Where that can't be told, its attempt says so. */
function lineOfThread(threadKey: ThreadKey, event: Matchable): string | null {
  try {
    const key = threadKey.of(event);
    return key === null ? null : threadDigest(key);
  } catch (error) {
    if (error instanceof TemplateError) return null;
    throw error;
  }
}
