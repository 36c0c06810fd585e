import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { DeliveredEvent } from '../events/delivered-event.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import {
  SubscriptionRuntimeLoader,
  type BrokenSubscription,
  type SubscriptionRuntime,
} from '../subscriptions/subscription-runtime.js';
import { ThreadStore, type BrokenThread, type KnownThread } from '../threads/thread.store.js';
import type { Lease } from './lease.store.js';
import { PayloadCache } from './payload.cache.js';

/** Subscriptions whose runtime is kept; the one loaded first goes first. */
const MAX_RUNTIMES = 10_000;

/** A lease with all that its attempt needs. */
export interface LoadedLease {
  readonly lease: Lease;
  readonly event: DeliveredEvent | null;
  readonly subscription: SubscriptionRuntime | BrokenSubscription | null;
  /** Null: it belongs to none. */
  readonly thread: KnownThread | BrokenThread | null;
}

/** Brings together what leased deliveries need: at most one query for events, one for subscriptions, one for threads. */
@Injectable()
export class DeliveryLoader {
  private readonly runtimes = new Map<string, SubscriptionRuntime | BrokenSubscription>();
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) options: ResolvedIntegrationOptions,
    private readonly loader: SubscriptionRuntimeLoader,
    private readonly payloads: PayloadCache,
    private readonly threads: ThreadStore,
  ) {
    this.schema = options.database.schema;
  }

  async load(leases: readonly Lease[]): Promise<LoadedLease[]> {
    const [events] = await Promise.all([this.events(leases), this.loadRuntimes(leases)]);
    return this.withThreads(
      leases.map((lease) => ({
        lease,
        event: this.kept(lease) ?? events.get(lease.eventId) ?? null,
        subscription: this.runtimes.get(lease.subscriptionId) ?? null,
        thread: null,
      })),
    );
  }

  private async withThreads(loaded: LoadedLease[]): Promise<LoadedLease[]> {
    const threaded = loaded.flatMap(({ event, subscription }, i) =>
      event && subscription && 'threadKey' in subscription && subscription.threadKey
        ? [{ i, event, subscriptionId: subscription.id, threadKey: subscription.threadKey }]
        : [],
    );
    if (threaded.length === 0) return loaded;
    const threads = await this.threads.find(threaded);
    const found = new Map(threaded.map(({ i }, n) => [i, threads[n] ?? null]));
    return loaded.map((lease, i) => ({ ...lease, thread: found.get(i) ?? null }));
  }

  /** Their subscriptions, secrets included, must not be kept any more. Default: anyone's. */
  forget(tenant?: string): void {
    for (const [id, runtime] of this.runtimes) {
      if (tenant === undefined || !('tenant' in runtime) || runtime.tenant === tenant) {
        this.runtimes.delete(id);
      }
    }
  }

  /** Of a replay it may be long ago, and the payload removed since. */
  private kept({ eventId, isReplay }: Lease): DeliveredEvent | undefined {
    return isReplay ? undefined : this.payloads.get(eventId);
  }

  private async events(leases: readonly Lease[]): Promise<Map<string, DeliveredEvent>> {
    const missing = new Set<string>();
    for (const lease of leases) if (!this.kept(lease)) missing.add(lease.eventId);
    if (missing.size === 0) return new Map();
    const { rows } = await this.pool.query<EventRow>({
      name: 'event.load',
      text: `SELECT id, type, tenant, occurred_at, payload::text AS payload, trace_context
        FROM ${this.schema}.integration_events
        WHERE id = ANY($1::uuid[]) AND payload IS NOT NULL`,
      values: [[...missing]],
    });
    return new Map(rows.map((row) => [row.id, toDeliveredEvent(row)]));
  }

  /** The lease names the subscription's revision, so what is kept is used only while it is current. */
  private async loadRuntimes(leases: readonly Lease[]): Promise<void> {
    const stale = new Set<string>();
    for (const { subscriptionId, subscriptionRevision } of leases) {
      if (subscriptionRevision === null) continue;
      const kept = this.runtimes.get(subscriptionId);
      if (!kept || kept.revision < subscriptionRevision) stale.add(subscriptionId);
    }
    if (stale.size === 0) return;
    for (const [id, runtime] of await this.loader.load([...stale])) {
      this.runtimes.delete(id);
      this.runtimes.set(id, runtime);
    }
    while (this.runtimes.size > MAX_RUNTIMES) {
      const [oldest] = this.runtimes.keys();
      if (oldest === undefined) return;
      this.runtimes.delete(oldest);
    }
  }
}

interface EventRow {
  readonly id: string;
  readonly type: string;
  readonly tenant: string;
  readonly occurred_at: Date;
  readonly payload: string;
  readonly trace_context: string | null;
}

function toDeliveredEvent(row: EventRow): DeliveredEvent {
  const { id, type, tenant, occurred_at, payload, trace_context } = row;
  const occurredAt = occurred_at.toISOString();
  return new DeliveredEvent(id, type, occurredAt, payload, tenant || null, trace_context);
}
