import { newId } from '@nest-integrations/common';
import type { ReceivedRequest } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IntegrationDataSource } from '../../libs/core/src/persistence/integration-data-source.js';
import { checkDeliveries, type DeliveryCheck } from './delivery-check.js';
import { freshDatabase, type FreshDatabase } from './postgres.js';

describe('What the tests of faults check', () => {
  let database: FreshDatabase;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    database = await freshDatabase();
    const dataSource = await new IntegrationDataSource({ url: database.url }).initialize();
    await dataSource.runMigrations();
    await dataSource.destroy();
    client = new Client({ connectionString: database.url });
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  /** One event, delivered by one attempt on record; event and delivery have one id. */
  beforeEach(async () => {
    await client.query(
      'TRUNCATE integration.integration_events, integration.deliveries, integration.delivery_logs',
    );
    id = newId();
    await client.query(
      `INSERT INTO integration.integration_events (id, type, payload, occurred_at)
       VALUES ($1, 'order.paid', '{}', now())`,
      [id],
    );
    await client.query(
      `INSERT INTO integration.deliveries (id, event_id, subscription_id, event_type, state, due_at, attempts)
       VALUES ($1, $1, $1, 'order.paid', 'delivered', NULL, 1)`,
      [id],
    );
    await client.query(
      `INSERT INTO integration.delivery_logs (delivery_id, attempt, started_at, latency_ms, outcome, response_status)
       VALUES ($1, 1, now(), 1, 'delivered', 200)`,
      [id],
    );
  });

  const check = (given: Partial<DeliveryCheck>) =>
    checkDeliveries({
      databaseUrl: database.url,
      accepted: new Set([id]),
      requests: [request(id, 0)],
      excuses: [],
      log: [],
      ...given,
    });

  it('finds nothing where all agree', async () => {
    expect(await check({})).toEqual({
      events: 1,
      lost: [],
      duplicates: 0,
      explanation: '',
      faults: [],
    });
  });

  it('finds what the receiver never saw, also where the publisher was not told of it', async () => {
    expect((await check({ requests: [] })).lost).toEqual([id]);
    expect((await check({ requests: [], accepted: new Set() })).lost).toEqual([id]);
  });

  it('finds what was accepted and is not stored', async () => {
    const other = newId();
    const found = await check({ accepted: new Set([other]) });
    expect(found.lost).toEqual([other]);
    expect(found.faults).toEqual([`${other}: accepted, not stored`]);
  });

  it('finds a duplicate without a reason, and counts one that has it', async () => {
    const requests = [request(id, 10), request(id, 500)];
    expect((await check({ requests })).faults).toHaveLength(1);
    expect(
      (await check({ requests, excuses: [{ reason: 'other', from: 20, to: 30 }] })).faults,
    ).toHaveLength(1);

    const killed = { reason: 'at a kill', from: 0, to: 20 };
    const excused = await check({ requests, excuses: [killed] });
    expect(excused).toMatchObject({ duplicates: 1, explanation: '1 at a kill', faults: [] });

    const fenced = { event: 'delivery.lease_lost', deliveryId: id };
    expect((await check({ requests, log: [fenced] })).faults).toEqual([]);
  });

  it.each([
    { what: 'a delivery that is not delivered', change: `deliveries SET state = 'failed'` },
    { what: 'attempts that are not on record', change: 'deliveries SET attempts = 2' },
    { what: 'a success that is not on record', change: `delivery_logs SET outcome = 'retry'` },
  ])('finds $what', async ({ change }) => {
    await client.query(`UPDATE integration.${change}`);
    expect((await check({})).faults).not.toEqual([]);
  });
});

function request(id: string, at: number): ReceivedRequest {
  return {
    method: 'POST',
    path: '/hook',
    headers: { 'webhook-id': id },
    body: Buffer.from('{}'),
    at,
  };
}
