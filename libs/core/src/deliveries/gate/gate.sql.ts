import { orderKeySql } from '../../subscriptions/order-key.js';

/** Deliveries that one step takes to a gate, or lets out of one. */
export const CHUNK = 500;
/** Keys that one pass looks at for a subscription, and subscriptions that it looks at. */
export const KEYS_A_PASS = 500;
export const SUBSCRIPTIONS_A_PASS = 500;
/** More places than any limit has. */
const MAX_COUNTED = 2_000;

const ms = (time: string) => `(extract(epoch FROM ${time}) * 1000)::float8`;
const time = (milliseconds: string) => `to_timestamp(${milliseconds} / 1000)`;
const FREE = '(d.lease_until IS NULL OR d.lease_until <= now())';

/**
 * What brings a delivery `d` to the gate of its subscription `s`. One that has been there keeps its
 * number. One from before the gate gets a number made of its id, which is lower than all of those; a
 * replay is accepted now, so it goes to the end.
 */
function heldBy(schema: string): string {
  const hex = `replace(d.id::text, '-', '')`;
  const early = `('x' || substr(${hex}, 1, 12) || substr(${hex}, 14, 3))::bit(60)::bigint`;
  const keyOfEvent = `(SELECT ${orderKeySql({ payload: 'e.payload', path: `s.ordering ->> 'key'` })}
    FROM ${schema}.integration_events e WHERE e.id = d.event_id)`;
  return `due_at = NULL, lease_until = NULL,
    gate = CASE WHEN s.ordering IS NOT NULL AND d.gate IS NULL THEN 'behind' ELSE 'held' END,
    gate_seq = coalesce(d.gate_seq,
      CASE WHEN d.is_replay THEN nextval('${schema}.integration_gate_seq') ELSE ${early} END),
    order_key = CASE WHEN s.ordering IS NULL THEN NULL
      WHEN s.thread_key IS NOT NULL THEN coalesce(d.order_key, '')
      WHEN s.ordering ->> 'key' IS NULL THEN '' ELSE coalesce(d.order_key, ${keyOfEvent}, '') END`;
}

/** The statements of the gates, for tables in `schema`, which is trusted. */
export function gateSql(s: string) {
  const held = heldBy(s);
  const deliveries = `${s}.deliveries`;
  const gates = `${s}.integration_subscription_gates`;
  const subscriptions = `${s}.integration_subscriptions`;
  const nextKey = (after: string) => `SELECT d.order_key FROM ${deliveries} d
    WHERE d.subscription_id = ${after} AND d.gate = 'behind'`;
  const nextSubscription = (after: string) => `SELECT d.subscription_id FROM ${deliveries} d
    WHERE d.gate IS NOT NULL AND d.subscription_id > ${after}
    ORDER BY d.subscription_id, d.gate, d.gate_seq LIMIT 1`;

  return {
    create: `INSERT INTO ${gates} (subscription_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING`,

    /** In one order by everyone, so that two steps can't wait for each other. */
    lock: `SELECT g.subscription_id AS id, g.circuit, ${ms('g.circuit_until')} AS circuit_until_ms,
        g.circuit_opened, g.probe_id, ${ms('g.next_slot')} AS next_slot_ms, g.slowed_to, g.key_cursor,
        ${ms('clock_timestamp()')} AS now_ms
      FROM ${gates} g WHERE g.subscription_id = ANY($1::uuid[])
      ORDER BY g.subscription_id FOR UPDATE`,

    /** Brings what is due and has not passed the gate to it. */
    gather: `WITH stray AS MATERIALIZED (
        SELECT w.id FROM unnest($1::uuid[]) AS given(id)
        JOIN ${subscriptions} s ON s.id = given.id AND s.enabled
        JOIN ${gates} g ON g.subscription_id = s.id AND (s.limits IS NOT NULL
          OR s.ordering IS NOT NULL OR g.circuit <> 'closed' OR g.slowed_to IS NOT NULL)
        CROSS JOIN LATERAL (
          SELECT d.id FROM ${deliveries} d WHERE d.subscription_id = s.id AND d.due_at <= now()
            AND d.gate IS DISTINCT FROM 'admitted' AND ${FREE}
          ORDER BY d.due_at LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED) w)
      UPDATE ${deliveries} d SET ${held} FROM stray, ${subscriptions} s
      WHERE d.id = stray.id AND s.id = d.subscription_id
      RETURNING d.subscription_id AS id, d.order_key`,

    /** The same for leases that a worker holds. */
    hold: `UPDATE ${deliveries} d SET ${held}
      FROM unnest($1::uuid[], $2::int[]) AS lease(id, fence), ${subscriptions} s
      WHERE d.id = lease.id AND d.fence = lease.fence AND d.due_at IS NOT NULL
        AND s.id = d.subscription_id
      RETURNING d.subscription_id AS id, d.order_key`,

    /** Keys that have deliveries behind, from a key on. */
    keys: `WITH RECURSIVE keys(id, order_key, n) AS (
        SELECT given.id, first.order_key, 1 FROM unnest($1::uuid[], $2::text[]) AS given(id, key_cursor)
        CROSS JOIN LATERAL (${nextKey('given.id')} AND d.order_key >= given.key_cursor
          ORDER BY d.order_key, d.gate_seq LIMIT 1) first
        UNION ALL
        SELECT keys.id, next.order_key, keys.n + 1 FROM keys
        CROSS JOIN LATERAL (${nextKey('keys.id')} AND d.order_key > keys.order_key
          ORDER BY d.order_key, d.gate_seq LIMIT 1) next
        WHERE keys.n < ${KEYS_A_PASS})
      SELECT id, order_key FROM keys`,

    /**
     * The first of each of these keys to the front, where none of its key is there, and none is outside
     * that came before there was an order.
     */
    promote: `WITH complete AS MATERIALIZED (
        SELECT given.id FROM unnest($3::uuid[]) AS given(id) WHERE NOT EXISTS (
          SELECT FROM ${deliveries} d WHERE d.subscription_id = given.id AND d.due_at <= now()
            AND d.gate IS NULL)),
      head AS MATERIALIZED (
        SELECT first.id FROM unnest($1::uuid[], $2::text[]) AS k(id, order_key)
        JOIN complete ON complete.id = k.id
        CROSS JOIN LATERAL (
          SELECT d.id FROM ${deliveries} d WHERE d.subscription_id = k.id
            AND d.order_key = k.order_key AND d.gate = 'behind'
          ORDER BY d.gate_seq LIMIT 1) first
        WHERE NOT EXISTS (
          SELECT FROM ${deliveries} u WHERE u.subscription_id = k.id AND u.order_key = k.order_key
            AND u.gate IN ('held', 'admitted', 'retrying')))
      UPDATE ${deliveries} d SET gate = 'held' FROM head WHERE d.id = head.id AND d.gate = 'behind'`,

    /** Where there is no order any more, none is behind another. */
    unorder: `WITH freed AS MATERIALIZED (
        SELECT w.id FROM unnest($1::uuid[]) AS given(id) CROSS JOIN LATERAL (
          SELECT d.id FROM ${deliveries} d WHERE d.subscription_id = given.id AND d.gate = 'behind'
          LIMIT ${CHUNK}) w)
      UPDATE ${deliveries} d SET gate = 'held', order_key = NULL FROM freed
      WHERE d.id = freed.id AND d.gate = 'behind' RETURNING d.subscription_id AS id`,

    /** Rules and load. What is under way without having been admitted is so from before the gate. */
    look: `SELECT given.id, s.limits, s.ordering, coalesce(s.enabled, false) AS enabled,
        (SELECT count(*)::int FROM (SELECT FROM ${deliveries} d
          WHERE d.subscription_id = given.id AND d.gate = 'admitted' LIMIT ${MAX_COUNTED}) a)
        + (SELECT count(*)::int FROM (SELECT FROM ${deliveries} d
          WHERE d.subscription_id = given.id AND d.due_at <= now()
            AND d.gate IS NULL AND NOT ${FREE} LIMIT ${MAX_COUNTED}) b) AS under_way,
        EXISTS (SELECT FROM ${deliveries} d
          WHERE d.subscription_id = given.id AND d.gate = 'held') AS is_holding,
        EXISTS (SELECT FROM ${deliveries} d
          WHERE d.subscription_id = given.id AND d.gate = 'behind') AS is_queueing,
        ${ms('clock_timestamp()')} AS now_ms
      FROM unnest($1::uuid[]) AS given(id) LEFT JOIN ${subscriptions} s ON s.id = given.id`,

    /** So many of each, the longest held first. Slots closer than a tick share it. */
    admit: `WITH chosen AS MATERIALIZED (
        SELECT w.id, given.first_ms + floor((w.nth - 1) * given.step_ms / $5) * $5 AS at_ms,
          given.now_ms
        FROM unnest($1::uuid[], $2::int[], $3::float8[], $4::float8[], $6::float8[])
          AS given(id, count, first_ms, step_ms, now_ms)
        CROSS JOIN LATERAL (
          SELECT h.id, row_number() OVER () AS nth FROM (
            SELECT d.id FROM ${deliveries} d WHERE d.subscription_id = given.id AND d.gate = 'held'
            ORDER BY d.gate_seq LIMIT given.count) h) w)
      UPDATE ${deliveries} d SET gate = 'admitted', due_at = ${time('chosen.at_ms')} FROM chosen
      WHERE d.id = chosen.id AND d.gate = 'held'
      RETURNING d.subscription_id, d.id, greatest(0, chosen.at_ms - chosen.now_ms)::float8 AS in_ms`,

    release: `WITH freed AS MATERIALIZED (
        SELECT w.id FROM unnest($1::uuid[]) AS given(id) CROSS JOIN LATERAL (
          SELECT d.id FROM ${deliveries} d
          WHERE d.subscription_id = given.id AND d.gate IN ('behind', 'held') LIMIT ${CHUNK}) w)
      UPDATE ${deliveries} d SET gate = NULL, due_at = now() FROM freed
      WHERE d.id = freed.id AND d.gate IN ('behind', 'held')
      RETURNING d.subscription_id, d.id, 0::float8 AS in_ms`,

    write: `UPDATE ${gates} g SET circuit = w.circuit, circuit_until = ${time('w.circuit_until_ms')},
        circuit_opened = w.circuit_opened, probe_id = w.probe_id, next_slot = ${time('w.next_slot_ms')},
        slowed_to = w.slowed_to, key_cursor = w.key_cursor
      FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::int[], $5::uuid[], $6::float8[], $7::int[],
          $8::text[])
        AS w(id, circuit, circuit_until_ms, circuit_opened, probe_id, next_slot_ms, slowed_to, key_cursor)
      WHERE g.subscription_id = w.id`,

    /** Subscriptions that have deliveries at their gates, from one on. */
    subscriptions: `WITH RECURSIVE found(id, n) AS (
        SELECT first.subscription_id, 1 FROM (${nextSubscription('$1::uuid')}) first
        UNION ALL
        SELECT next.subscription_id, found.n + 1 FROM found
        CROSS JOIN LATERAL (${nextSubscription('found.id')}) next WHERE found.n < ${SUBSCRIPTIONS_A_PASS})
      SELECT id FROM found`,
  };
}

export type GateStatements = ReturnType<typeof gateSql>;
