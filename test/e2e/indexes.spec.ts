import type { DeliveryStatus } from '@nest-integrations/common';
import { AuditLog, DeliveryService, EventHistory, OverviewReader } from '@nest-integrations/core';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultHost } from '../support/fault-host.js';
import type { Host } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

const ROWS = 30_000;
/** Deliveries that wait for a retry: an overview counts them, ten thousand at most. */
const WAITING = ROWS / 4;
/** A plan that reads more of a big table than a few pages is one that grows with history. */
const MOST_ROWS = 5_000;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

interface Asked {
  readonly text: string;
  readonly values: unknown[];
}

/** Rows that a plan looked at in tables, those it threw away included. */
function looked(plan: Plan): number {
  const own = plan['Relation Name']
    ? (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
    : 0;
  return own + (plan.Plans ?? []).reduce((sum, part) => sum + looked(part), 0);
}

describe('what admins ask of a long history', () => {
  let database: FreshDatabase;
  let client: Client;
  let host: Host;
  let subscriptionId: string;
  let deliveryId: string;
  let eventId: string;

  beforeAll(async () => {
    database = await freshDatabase();
    host = await startFaultHost({
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: '',
      redisPrefix: '',
      worker: { enabled: false },
    });
    client = new Client({ connectionString: database.url });
    await client.connect();
    ({ id: subscriptionId } = await host.subscribe('https://receiver.example/hook'));
    // Ids of the last day, in order of time as ours are, for ten subscriptions and three tenants.
    await client.query(`
      CREATE FUNCTION pg_temp.id_at(n int) RETURNS uuid LANGUAGE sql AS $$
        SELECT (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(md5(n::text), 1, 3) ||
          '-8' || substr(md5(n::text), 4, 3) || '-' || substr(md5(n::text), 7, 12))::uuid
        FROM (SELECT lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - 86400000 + n * 2), 12, '0')) AS t(h)
      $$`);
    await client.query(
      `INSERT INTO integration.integration_events (id, tenant, type, payload, occurred_at)
       SELECT pg_temp.id_at(n), 'tenant' || n % 3, 'order.paid', '{"n":1}', now()
       FROM generate_series(1, ${ROWS}) n`,
    );
    await client.query(
      `INSERT INTO integration.deliveries (id, event_id, subscription_id, tenant, event_type, state, due_at, finished_at, attempts, external_id)
       SELECT pg_temp.id_at(n), pg_temp.id_at(n),
         CASE WHEN n % 10 = 0 THEN $1::uuid ELSE md5((n % 10)::text)::uuid END,
         'tenant' || n % 3, 'order.paid', CASE WHEN n % 1000 = 0 THEN 'failed' WHEN n % 4 = 1 THEN 'retrying' ELSE 'delivered' END,
         CASE WHEN n % 4 = 1 THEN now() + interval '1 hour' END, now(), 1, 'MSG-' || n
       FROM generate_series(1, ${ROWS}) n`,
      [subscriptionId],
    );
    await client.query(
      `INSERT INTO integration.delivery_logs (delivery_id, attempt, started_at, latency_ms, outcome)
       SELECT pg_temp.id_at(n), 1, now(), 5, 'delivered' FROM generate_series(1, ${ROWS}) n`,
    );
    await client.query(
      `INSERT INTO integration.integration_audit_log (id, at, tenant, actor, operation, subject_type, subject_id)
       SELECT pg_temp.id_at(n), now(), 'tenant' || n % 3, 'actor' || n % 50, 'updateSubscription', 'subscription', 'subject' || n % 500
       FROM generate_series(1, ${ROWS}) n`,
    );
    // One type that is rare and long past.
    await client.query(
      `UPDATE integration.integration_events SET type = 'order.lost' WHERE id IN
         (SELECT id FROM integration.integration_events ORDER BY id LIMIT 10)`,
    );
    await client.query(
      `UPDATE integration.deliveries SET event_type = 'order.lost' WHERE id IN
         (SELECT id FROM integration.deliveries ORDER BY id LIMIT 10)`,
    );
    await client.query('ANALYZE');
    const { rows } = await client.query<{ id: string; event_id: string }>(
      `SELECT id, event_id FROM integration.deliveries ORDER BY id LIMIT 1 OFFSET ${ROWS / 2}`,
    );
    deliveryId = rows[0]?.id ?? '';
    eventId = rows[0]?.event_id ?? '';
  });

  afterAll(async () => {
    await client?.end();
    await host?.stop();
    await database?.drop();
  });

  /** What a service asks the database while it answers. */
  async function askedBy(service: object, call: () => Promise<unknown>): Promise<Asked[]> {
    const asked: Asked[] = [];
    const dataSource: unknown = Reflect.get(service, 'dataSource');
    if (typeof dataSource !== 'object' || dataSource === null) throw new Error('no data source');
    const listening = new Proxy(dataSource, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          if (name === 'query')
            asked.push({ text: String(given[0]), values: given[1] as unknown[] });
          return value.apply(target, given) as unknown;
        };
      },
    });
    Reflect.set(service, 'dataSource', listening);
    try {
      await call();
    } finally {
      Reflect.set(service, 'dataSource', dataSource);
    }
    return asked;
  }

  function partOf(service: object, name: string): object {
    const part: unknown = Reflect.get(service, name);
    if (typeof part !== 'object' || part === null) throw new Error(`no ${name}`);
    return part;
  }

  async function rowsLookedAt({ text, values }: Asked): Promise<number> {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
      values,
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan;
    if (!plan) throw new Error('no plan');
    return looked(plan);
  }

  const day = () => ({ from: new Date(Date.now() - 86_400_000), to: new Date() });
  const STATUSES: readonly DeliveryStatus[] = [
    'pending',
    'attempting',
    'retrying',
    'delivered',
    'failed',
    'cancelled',
  ];

  it.each([
    ['of deliveries', () => ({})],
    ['of a subscription', () => ({ subscriptionId })],
    ['of an event', () => ({ eventId })],
    ['of an event type', () => ({ eventType: 'order.paid' })],
    ['of a time', day],
    ['of a page far back', () => ({ cursor: Buffer.from(deliveryId).toString('base64url') })],
    ...STATUSES.map((status) => [`of those ${status}`, () => ({ status })] as const),
    ['of what failed of a subscription', () => ({ subscriptionId, status: 'failed' as const })],
    ['of what did not come to a good end', () => ({ status: ['failed', 'cancelled'] as const })],
    ['of every status', () => ({ status: STATUSES })],
    ['of a rare event type', () => ({ eventType: 'order.lost' })],
    ['of a provider', () => ({ provider: 'webhook' })],
    ['of a provider nobody uses', () => ({ provider: 'nobodys' })],
    ['of one id', () => ({ search: deliveryId })],
    ['of ids that begin alike', () => ({ search: deliveryId.slice(0, 4) })],
    ['of an event’s id', () => ({ search: eventId.slice(0, 20) })],
    ['of a receiver’s id', () => ({ search: 'MSG-4711' })],
    ['of every receiver’s id', () => ({ search: 'MSG', status: 'failed' as const })],
    ['of a text nobody gave', () => ({ search: '%_%' })],
  ] as const)('a list %s looks at few rows, for all tenants and for one', async (_, query) => {
    const service = host.app.get(DeliveryService);
    for (const scope of ['all', { tenant: 'tenant1' }] as const) {
      const asked = await askedBy(partOf(service, 'finder'), () => service.list(query(), scope));
      expect(asked).not.toEqual([]);
      for (const each of asked) expect(await rowsLookedAt(each), each.text).toBeLessThan(MOST_ROWS);
    }
  });

  it('one delivery with its event and attempts looks at few rows', async () => {
    const service = host.app.get(DeliveryService);
    const asked = await askedBy(service, () => service.get(deliveryId, 'all'));
    expect(asked.length).toBeGreaterThan(1);
    for (const each of asked) expect(await rowsLookedAt(each), each.text).toBeLessThan(50);
  });

  it.each([
    ['of all types', () => ({})],
    ['of a type', () => ({ type: 'order.paid' })],
    ['of a rare type', () => ({ type: 'order.lost' })],
    ['of a time', day],
    ['of ids that begin alike', () => ({ search: eventId.slice(0, 4) })],
  ] as const)('a list of events %s looks at few rows', async (_, query) => {
    const service = host.app.get(EventHistory);
    for (const scope of ['all', { tenant: 'tenant1' }] as const) {
      const asked = await askedBy(service, () => service.list(query(), scope));
      expect(asked.length).toBeGreaterThan(1);
      for (const each of asked) expect(await rowsLookedAt(each), each.text).toBeLessThan(MOST_ROWS);
    }
  });

  it('the overview looks at few rows', async () => {
    const service = host.app.get(OverviewReader);
    for (const scope of ['all', { tenant: 'tenant1' }] as const) {
      const asked = await askedBy(service, () => service.read(24, scope));
      asked.push(
        ...(await askedBy(partOf(service, 'statistics'), () => service.read(24, scope))),
        ...(await askedBy(partOf(service, 'finder'), () => service.read(24, scope))),
      );
      expect(asked.length).toBeGreaterThan(3);
      for (const each of asked)
        expect(await rowsLookedAt(each), each.text).toBeLessThan(MOST_ROWS + WAITING);
    }
  });

  it.each([
    ['all of it', {}],
    ['a subject', { subjectId: 'subject7' }],
    ['an actor', { actor: 'actor7' }],
  ] as const)('the audit log of %s looks at few rows', async (_, query) => {
    const service = host.app.get(AuditLog);
    for (const scope of ['all', { tenant: 'tenant1' }] as const) {
      const asked = await askedBy(service, () => service.list(query, scope));
      expect(asked).not.toEqual([]);
      for (const each of asked) expect(await rowsLookedAt(each), each.text).toBeLessThan(MOST_ROWS);
    }
  });
});
