import { newId } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Pool } from 'pg';
import type { EventEnvelope } from '../events/event-envelope.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { joinedTexts, plainArray, textsOf } from '../persistence/sql-arrays.js';
import type { RouteGate, Routes } from '../subscriptions/subscription.matcher.js';

/** Events with the deliveries they lead to, as one statement writes them. */
export interface RoutedEvents {
  readonly events: readonly EventEnvelope[];
  readonly routes: Routes;
  readonly deliveries: readonly RoutedDelivery[];
}

export interface RoutedDelivery {
  readonly id: string;
  readonly event: EventEnvelope;
  readonly subscriptionId: string;
  /** Null: due at once. */
  readonly gate: RouteGate | null;
}

interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Most batches have no gated delivery, and pay nothing for those that have. */
interface Writing {
  readonly due: Statement;
  readonly gated: Statement;
}

/** For how long to wait for another's open transaction that holds one of the keys. */
export type KeyPatience = 'brief' | 'endless';

/** A commit takes less; a transaction that a caller keeps open takes longer. */
const BRIEF_MS = 250;

/** Runs SQL: the pool, or a caller's transaction. */
export type Execute = (
  statement: Statement,
  values: readonly unknown[],
) => Promise<readonly Record<string, unknown>[]>;

export function routed(events: readonly EventEnvelope[], routes: Routes): RoutedEvents {
  const deliveries: RoutedDelivery[] = [];
  events.forEach((event, i) => {
    for (const { subscriptionId, gate } of routes.wanted[i] ?? []) {
      deliveries.push({ id: newId(), event, subscriptionId, gate });
    }
  });
  return { events, routes, deliveries };
}

/** Writes events with their deliveries, many in one round trip, all or nothing. */
@Injectable()
export class EventStore {
  private readonly plain: Writing;
  private readonly keyed: Record<KeyPatience, Writing>;
  private readonly byKey: Statement;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database: { schema } }: ResolvedIntegrationOptions,
  ) {
    // A writer whose routes are older than the tenant's last change writes nothing.
    const fresh = `fresh AS MATERIALIZED (
      SELECT 1 WHERE NOT EXISTS (
        SELECT FROM unnest($1::text[], $2::bigint[]) AS seen(tenant, revision)
        LEFT JOIN ${schema}.integration_subscription_changes c ON c.tenant = seen.tenant
        WHERE coalesce(c.revision, 0) <> seen.revision
      ))`;
    const given = `unnest($3::uuid[], $4::text[], $5::text[], ${textsOf('$6')}::json[], $7::timestamptz[], $8::text[], $14::text[])
      AS e(id, tenant, type, payload, occurred_at, idempotency_key, trace_context)`;
    const wanted = `unnest($9::uuid[], $10::uuid[], $11::uuid[], $12::text[], $13::text[])
      AS d(id, event_id, subscription_id, tenant, event_type)`;
    // Numbered in the order of the batch, by one sequence for all processes.
    const wantedAtGates = `(SELECT w.id, w.event_id, w.subscription_id, w.tenant, w.event_type, w.gate,
        w.order_key, CASE WHEN w.gate IS NULL THEN now() END AS due_at,
        CASE WHEN w.gate IS NOT NULL THEN nextval('${schema}.integration_gate_seq') END AS gate_seq
      FROM unnest($9::uuid[], $10::uuid[], $11::uuid[], $12::text[], $13::text[], $15::text[],
        $16::text[]) AS w(id, event_id, subscription_id, tenant, event_type, gate, order_key)) AS d`;
    const events = `INSERT INTO ${schema}.integration_events
      (id, tenant, type, payload, occurred_at, idempotency_key, trace_context)`;
    const columns = 'id, event_id, subscription_id, tenant, event_type';
    const deliveries = `INSERT INTO ${schema}.deliveries (${columns})`;
    const gated = `INSERT INTO ${schema}.deliveries
      (${columns}, gate, order_key, due_at, gate_seq)`;

    const plain = (due: string) => `WITH ${fresh},
        accepted AS (${events} SELECT e.* FROM fresh, ${given}),
        due AS (${due})
        SELECT count(*)::int AS fresh FROM fresh`;
    this.plain = {
      due: {
        name: 'event.accept',
        text: plain(`${deliveries} SELECT d.* FROM fresh, ${wanted}`),
      },
      gated: {
        name: 'event.accept_gated',
        text: plain(`${gated} SELECT d.* FROM fresh, ${wantedAtGates}`),
      },
    };
    // Keys are taken in one order by every writer, so that two batches can't wait for each other.
    const isFirst = 'd.event_id IN (SELECT event_id FROM first)';
    const keyed = (patience: string, due: string) => `WITH ${fresh},
        patience AS MATERIALIZED (${patience}),
        first AS (
          INSERT INTO ${schema}.integration_idempotency_keys (tenant, key, event_id)
          SELECT e.tenant, e.idempotency_key, e.id FROM patience, fresh, ${given}
          ORDER BY e.tenant, e.idempotency_key
          ON CONFLICT (tenant, key) DO NOTHING RETURNING event_id),
        accepted AS (${events} SELECT e.* FROM ${given} WHERE e.id IN (SELECT event_id FROM first)),
        due AS (${due})
        SELECT (SELECT count(*)::int FROM fresh) AS fresh,
          (SELECT array_agg(event_id::text) FROM first) AS first`;
    const keyedWriting = (name: string, patience: string): Writing => ({
      due: {
        name,
        text: keyed(patience, `${deliveries} SELECT d.* FROM ${wanted} WHERE ${isFirst}`),
      },
      gated: {
        name: `${name}_gated`,
        text: keyed(patience, `${gated} SELECT d.* FROM ${wantedAtGates} WHERE ${isFirst}`),
      },
    });
    this.keyed = {
      brief: keyedWriting(
        'event.accept_keyed',
        `SELECT set_config('lock_timeout', '${BRIEF_MS}', true)`,
      ),
      endless: keyedWriting('event.accept_keyed_within', 'SELECT 1'),
    };
    this.byKey = {
      name: 'event.by_key',
      text: `SELECT k.tenant, k.key, k.event_id, e.occurred_at
        FROM unnest($1::text[], $2::text[]) AS given(tenant, key)
        JOIN ${schema}.integration_idempotency_keys k ON k.tenant = given.tenant AND k.key = given.key
        LEFT JOIN ${schema}.integration_events e ON e.id = k.event_id`,
    };
  }

  /** Through the pool, prepared once a connection. */
  readonly execute: Execute = async ({ name, text }, values) => {
    const { rows } = await this.pool.query<Record<string, unknown>>({
      name,
      text,
      values: [...values],
    });
    return rows;
  };

  /** In the caller's transaction. */
  executeWithin(manager: EntityManager): Execute {
    return async ({ text }, values) => {
      const rows: Record<string, unknown>[] = await manager.query(text, [...values]);
      return rows;
    };
  }

  /** Writes events without keys. False: the routes are stale and nothing was written. */
  async write(execute: Execute, batch: RoutedEvents): Promise<boolean> {
    const [row] = await execute(...writingOf(this.plain, batch));
    return row?.['fresh'] === 1;
  }

  /**
   * Writes events with keys, each only where its key is new. Returns the ids that were written;
   * null: the routes are stale and nothing was written. With brief patience it rejects with a lock
   * timeout where one of the keys is held; in a caller's transaction only `endless` leaves no trace.
   */
  async writeKeyed(
    execute: Execute,
    batch: RoutedEvents,
    patience: KeyPatience,
  ): Promise<Set<string> | null> {
    const [row] = await execute(...writingOf(this.keyed[patience], batch));
    if (row?.['fresh'] !== 1) return null;
    const first = row['first'];
    return new Set(Array.isArray(first) ? first.map(String) : []);
  }

  /** The events that hold these keys, by `tenant\0key`. */
  async holdersOf(
    execute: Execute,
    events: readonly EventEnvelope[],
  ): Promise<Map<string, { id: string; occurredAt: Date | null }>> {
    const rows = await execute(this.byKey, [
      events.map((e) => e.tenant),
      events.map((e) => e.idempotencyKey),
    ]);
    return new Map(
      rows.map((row) => [
        `${String(row['tenant'])}\0${String(row['key'])}`,
        {
          id: String(row['event_id']),
          occurredAt: row['occurred_at'] instanceof Date ? row['occurred_at'] : null,
        },
      ]),
    );
  }
}

function writingOf(writing: Writing, batch: RoutedEvents): [Statement, unknown[]] {
  const { deliveries } = batch;
  if (!deliveries.some(({ gate }) => gate)) return [writing.due, parametersOf(batch)];
  return [
    writing.gated,
    [
      ...parametersOf(batch),
      plainArray(deliveries.map(({ gate }) => gate && bornAs(gate))),
      deliveries.map(({ gate }) => gate?.orderKey ?? null),
    ],
  ];
}

/** One with a key is behind, until the gate has seen that none of its key is in front. */
function bornAs({ orderKey }: RouteGate): 'behind' | 'held' {
  return orderKey === null ? 'held' : 'behind';
}

function parametersOf({ events, routes, deliveries }: RoutedEvents): unknown[] {
  return [
    [...routes.revisions.keys()],
    plainArray([...routes.revisions.values()]),
    plainArray(events.map((e) => e.id)),
    events.map((e) => e.tenant),
    plainArray(events.map((e) => e.type)),
    joinedTexts(events.map((e) => e.payloadJson)),
    plainArray(events.map((e) => e.occurredAt)),
    events.map((e) => e.idempotencyKey),
    plainArray(deliveries.map((d) => d.id)),
    plainArray(deliveries.map((d) => d.event.id)),
    plainArray(deliveries.map((d) => d.subscriptionId)),
    deliveries.map((d) => d.event.tenant),
    plainArray(deliveries.map((d) => d.event.type)),
    // Left out, Postgres fills the column with nulls.
    events.some((e) => e.trace !== null) ? events.map((e) => e.trace) : null,
  ];
}
