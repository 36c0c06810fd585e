import { randomBytes } from 'node:crypto';
import { newId } from '@nest-integrations/common';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/postgres.js';
import { DeliveredEvent } from '../events/delivered-event.js';
import { resolveOptions } from '../integration-options.js';
import { IntegrationDataSource } from '../persistence/integration-data-source.js';
import { retry } from '../providers/delivery-outcome.js';
import { AttemptStore } from './attempt.store.js';
import { LeaseStore } from './lease.store.js';

let database: FreshDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await freshDatabase();
  const dataSource = await new IntegrationDataSource({ url: database.url }).initialize();
  await dataSource.runMigrations();
  await dataSource.destroy();
  pool = new Pool({ connectionString: database.url });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

it('counts a retry once, though its result is written twice: the answer to the first was lost', async () => {
  const options = resolveOptions({
    database: { url: database.url },
    secrets: { keys: [{ id: 'test', key: randomBytes(32).toString('base64') }] },
  });
  const id = newId();
  await pool.query(
    `INSERT INTO integration.deliveries (id, event_id, subscription_id, event_type)
     VALUES ($1, $1, $1, 'order.paid')`,
    [id],
  );
  const [lease] = await new LeaseStore(pool, options).take([id]);
  if (!lease) throw new Error('the delivery was not leased');
  const attempt = {
    lease,
    event: new DeliveredEvent(id, 'order.paid', new Date().toISOString(), '{}'),
    thread: null,
    startedAt: new Date(),
    latencyMs: 1,
    outcome: retry('HTTP 503'),
    exchange: null,
    notes: [],
    endedInTransformation: false,
    next: { state: 'retrying', inMs: 60_000 } as const,
  };
  const store = new AttemptStore(pool, options);
  expect(await store.write([attempt])).toEqual(new Set());
  expect(await store.write([attempt])).toEqual(new Set([id]));
  const { rows } = await pool.query<{ attempts: number; retries: number; logged: number }>(
    `SELECT attempts, retries,
       (SELECT count(*)::int FROM integration.delivery_logs WHERE delivery_id = d.id) AS logged
     FROM integration.deliveries d WHERE id = $1`,
    [id],
  );
  expect(rows).toEqual([{ attempts: 1, retries: 1, logged: 1 }]);
});
