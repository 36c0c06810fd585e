import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { plainArray } from '../persistence/sql-arrays.js';

/** A worker's fenced right to attempt a delivery, with what the attempt needs to know of it. */
export interface Lease {
  readonly deliveryId: string;
  readonly eventId: string;
  readonly subscriptionId: string;
  /** Counts the leases ever taken; a result is written only by the holder of the last. */
  readonly fence: number;
  /** Attempts made so far. */
  readonly attempts: number;
  /** Retries made since the delivery began or was replayed. */
  readonly retries: number;
  readonly isReplay: boolean;
  /** Null: the subscription is deleted. */
  readonly subscriptionRevision: number | null;
  readonly subscriptionEnabled: boolean;
  /** It may not be attempted: it has to pass the gate of its subscription first. */
  readonly mustBeHeld: boolean;
  /** It stands, or stood, at a gate: that has to hear of its end. */
  readonly isGated: boolean;
  /** Those with the same go out one after the other; null: there is no order. */
  readonly orderKey: string | null;
  /** It is to show whether a receiver is back that kept failing. */
  readonly isProbe: boolean;
  /** It has been due for a while: more wait than are taken. */
  readonly isLate: boolean;
}

export type LeaseKey = Pick<Lease, 'deliveryId' | 'fence'>;

export interface LeaseEnding {
  readonly lease: Lease;
  readonly state: 'failed' | 'cancelled';
  readonly reason: string;
}

/** A delayed job may fire a moment before Postgres's clock says that its delivery is due. */
export const EARLY_MS = 1_000;
/** Longer than the way from accepting to leasing takes where nothing is in front. */
const LATE_MS = 250;

/** A look at what waits of each subscription goes over so many, and takes so many of each. */
const SUBSCRIPTIONS_A_LOOK = 32;
const OF_EACH = 4;

/** Takes, renews and gives back leases, many in one round trip, by Postgres's clock. */
@Injectable()
export class LeaseStore {
  private readonly sql: Record<'take' | 'dueOfEach' | 'renew' | 'release' | 'end', string>;
  private readonly takeDueSql: (limit: number) => string;
  private readonly leaseMs: number;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database, worker }: ResolvedIntegrationOptions,
  ) {
    const s = database.schema;
    this.leaseMs = worker.leaseMs;
    const free = '(d.lease_until IS NULL OR d.lease_until <= now())';
    // A lease need not survive a crash of Postgres, so its commit waits for no disk; results do wait.
    const relaxed = `relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;
    const isProbe = `coalesce(g.probe_id = leased.id, false)`;
    const isGated = `(sub.limits IS NOT NULL OR sub.ordering IS NOT NULL
      OR coalesce(g.circuit <> 'closed' OR g.slowed_to IS NOT NULL, false))`;
    // By the clock: `now()` is when the statement began, and it may have waited for a lock for longer
    // than the lease lasts.
    const lease = (select: string, leaseMs: string) => `
      WITH ${relaxed}, due AS MATERIALIZED (${select} FOR UPDATE SKIP LOCKED),
      leased AS (
        UPDATE ${s}.deliveries d
        SET lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond',
          fence = d.fence + 1
        FROM due WHERE d.id = due.id
        RETURNING d.id, d.event_id, d.subscription_id, d.fence, d.attempts, d.retries, d.is_replay,
          d.gate, d.order_key, d.due_at <= now() - interval '${LATE_MS} milliseconds' AS late)
      SELECT leased.*, sub.revision, sub.enabled, ${isProbe} AS probe,
        coalesce(sub.enabled AND ${isGated} AND NOT (leased.gate IS NOT DISTINCT FROM 'admitted'
          AND (coalesce(g.circuit, 'closed') = 'closed' OR ${isProbe})), false) AS hold
      FROM relaxed CROSS JOIN leased
      LEFT JOIN ${s}.integration_subscriptions sub ON sub.id = leased.subscription_id
      LEFT JOIN ${s}.integration_subscription_gates g ON g.subscription_id = leased.subscription_id`;
    const nextDue = (after: string) => `
      SELECT d.subscription_id, d.due_at FROM ${s}.deliveries d
      WHERE d.due_at IS NOT NULL AND d.subscription_id > ${after}
      ORDER BY d.subscription_id, d.due_at LIMIT 1`;
    const held = 'FROM unnest($1::uuid[], $2::int[]) AS held(id, fence)';
    const ours = 'd.id = held.id AND d.fence = held.fence';
    // The number stands in the text: with a parameter for it, the plan kept for the statement expects
    // a tenth of the table, and sorts that.
    this.takeDueSql = (limit) =>
      lease(
        `
        SELECT d.id FROM ${s}.deliveries d WHERE d.due_at <= now() AND ${free}
        ORDER BY d.due_at LIMIT ${limit}`,
        '$1',
      );
    this.sql = {
      take: lease(
        `
        SELECT d.id FROM ${s}.deliveries d
        WHERE d.id = ANY($1::uuid[]) AND ${free}
          AND d.due_at <= now() + ${EARLY_MS} * interval '1 millisecond'`,
        '$2',
      ),
      dueOfEach: `
        WITH RECURSIVE found(id, due_at, n) AS (
          SELECT first.*, 1 FROM (${nextDue('$1::uuid')}) first
          UNION ALL
          SELECT next.*, found.n + 1 FROM found
          CROSS JOIN LATERAL (${nextDue('found.id')}) next WHERE found.n < ${SUBSCRIPTIONS_A_LOOK})
        SELECT found.id AS subscription_id, w.id FROM found LEFT JOIN LATERAL (
          SELECT d.id FROM ${s}.deliveries d
          WHERE d.subscription_id = found.id AND d.due_at <= now() AND ${free}
          ORDER BY d.due_at LIMIT ${OF_EACH}) w ON found.due_at <= now()
        ORDER BY found.n`,
      renew: `
        UPDATE ${s}.deliveries d SET lease_until = clock_timestamp() + $3 * interval '1 millisecond'
        ${held}
        WHERE ${ours} AND d.lease_until IS NOT NULL RETURNING d.id`,
      release: `UPDATE ${s}.deliveries d SET lease_until = NULL ${held} WHERE ${ours}`,
      end: `
        UPDATE ${s}.deliveries d
        SET state = held.state, due_at = NULL, lease_until = NULL, gate = NULL, gate_seq = NULL,
          finished_at = now(), last_error = held.reason
        FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[])
          AS held(id, fence, state, reason) WHERE ${ours}`,
    };
  }

  /** Leases up to `limit` due deliveries, the longest due first; those that others hold are passed over. */
  async takeDue(limit: number): Promise<{ leases: Lease[]; mayBeMore: boolean }> {
    if (limit < 1) return { leases: [], mayBeMore: true };
    // Powers of two, so that a connection prepares few statements.
    const rounded = 2 ** Math.floor(Math.log2(limit));
    const leases = await this.lease(`lease.take_due_${rounded}`, this.takeDueSql(rounded), [
      this.leaseMs,
    ]);
    return { leases, mayBeMore: leases.length === rounded };
  }

  /** Leases those of these that are due and free. */
  async take(ids: readonly string[]): Promise<Lease[]> {
    return this.lease('lease.take', this.sql.take, [plainArray(ids), this.leaseMs]);
  }

  /**
   * A few due deliveries of each of the next subscriptions after this one, in the order of their ids,
   * with no regard to how much waits in front. `after` null: those were the last.
   */
  async dueOfEach(
    after: string,
  ): Promise<{ due: { id: string; subscriptionId: string }[]; after: string | null }> {
    const { rows } = await this.pool.query<{ subscription_id: string; id: string | null }>({
      name: 'lease.due_of_each',
      text: this.sql.dueOfEach,
      values: [after],
    });
    const subscriptions = new Set(rows.map((row) => row.subscription_id));
    return {
      due: rows.flatMap(({ id, subscription_id }) =>
        id === null ? [] : [{ id, subscriptionId: subscription_id }],
      ),
      after:
        subscriptions.size < SUBSCRIPTIONS_A_LOOK ? null : (rows.at(-1)?.subscription_id ?? null),
    };
  }

  /** Makes these last again as long as when taken; returns the deliveries that are still ours. */
  async renew(leases: readonly LeaseKey[]): Promise<Set<string>> {
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'lease.renew',
      text: this.sql.renew,
      values: [...keysOf(leases), this.leaseMs],
    });
    return new Set(rows.map(({ id }) => id));
  }

  /** Gives leases back without an attempt: another worker may take them at once. */
  async release(leases: readonly LeaseKey[]): Promise<void> {
    await this.pool.query({
      name: 'lease.release',
      text: this.sql.release,
      values: keysOf(leases),
    });
  }

  /** Ends deliveries that can't or must not be attempted. */
  async end(endings: readonly LeaseEnding[]): Promise<void> {
    await this.pool.query({
      name: 'lease.end',
      text: this.sql.end,
      values: [
        ...keysOf(endings.map(({ lease }) => lease)),
        endings.map(({ state }) => state),
        endings.map(({ reason }) => reason),
      ],
    });
  }

  private async lease(name: string, text: string, values: unknown[]): Promise<Lease[]> {
    const { rows } = await this.pool.query<LeaseRow>({ name, text, values });
    return rows.map(toLease);
  }
}

interface LeaseRow {
  readonly id: string;
  readonly event_id: string;
  readonly subscription_id: string;
  readonly fence: number;
  readonly attempts: number;
  readonly retries: number;
  readonly is_replay: boolean;
  readonly revision: number | null;
  readonly enabled: boolean | null;
  readonly gate: string | null;
  readonly order_key: string | null;
  readonly late: boolean;
  readonly probe: boolean;
  readonly hold: boolean;
}

function toLease(row: LeaseRow): Lease {
  return {
    deliveryId: row.id,
    eventId: row.event_id,
    subscriptionId: row.subscription_id,
    fence: row.fence,
    attempts: row.attempts,
    retries: row.retries,
    isReplay: row.is_replay,
    subscriptionRevision: row.revision,
    subscriptionEnabled: row.enabled ?? false,
    mustBeHeld: row.hold,
    isGated: row.gate !== null,
    orderKey: row.order_key,
    isProbe: row.probe,
    isLate: row.late,
  };
}

function keysOf(leases: readonly LeaseKey[]): [string, string] {
  return [
    plainArray(leases.map(({ deliveryId }) => deliveryId)),
    plainArray(leases.map(({ fence }) => fence)),
  ];
}
