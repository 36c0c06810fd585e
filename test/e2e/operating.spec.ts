import { hostname } from 'node:os';
import { Injectable, type INestApplication } from '@nestjs/common';
import { newId } from '@nest-integrations/common';
import { HistoryRetention, IntegrationEvent, IntegrationPublisher } from '@nest-integrations/core';
import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { adminCalls, startAdminHost } from '../support/admin-host.js';
import { eventually } from '../support/eventually.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

@Injectable()
class Events {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }
}

const workers = z.array(z.looseObject({ host: z.string(), pid: z.number(), state: z.string() }));

describe('whoever operates the installation', () => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let app: INestApplication;
  let client: Client;
  let ask: ReturnType<ReturnType<typeof adminCalls>>;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    app = await startAdminHost(database.url, [Events]);
    ask = adminCalls(app)('all/root');
    client = new Client({ connectionString: database.url });
    await client.connect();
  });

  afterAll(async () => {
    await client?.end();
    await app?.close();
    await receiver?.stop();
    await database?.drop();
  });

  const seen = async () => workers.parse((await ask('GET', '/workers')).body['items']);

  it('sees each process that delivers, and the queue', async () => {
    const own = await eventually(async () => (await seen()).find(({ pid }) => pid === process.pid));
    expect(own).toMatchObject({ host: hostname(), state: 'idle', busy: 0, problems: [] });
    const { body } = await ask('GET', '/workers');
    expect(body).toMatchObject({ driver: 'postgres', queue: { due: 0, lagMs: 0, retrying: 0 } });
  });

  it('tells one at work, one that is stuck and one that is gone; one of long ago is forgotten', async () => {
    await client.query(
      `INSERT INTO integration.integration_workers
         (id, host, pid, version, concurrency, busy, stalled_ms, overdue_ms, problems, seen_at)
       SELECT gen_random_uuid(), host, 1, '0.1.0', 10, busy, 0, 0, problems::text[], now() - ago::interval
       FROM (VALUES ('at-work', 3, '{}', '1 s'), ('stuck', 3, '{the sweep is 99 s late}', '1 s'),
         ('gone', 3, '{}', '2 min'), ('forgotten', 0, '{}', '2 h')) AS w(host, busy, problems, ago)`,
    );
    const states = new Map((await seen()).map(({ host, state }) => [host, state]));
    states.delete(hostname());
    expect(Object.fromEntries(states)).toEqual({
      'at-work': 'working',
      stuck: 'stuck',
      gone: 'gone',
    });
  });

  it('sees how long history is kept, what the last run removed, and what it takes', async () => {
    expect((await ask('GET', '/retention')).body).toMatchObject({
      settings: { keepDays: 90, keepPayloadDays: 90, keepAuditDays: 365 },
      lastRun: null,
    });
    await client.query(
      `INSERT INTO integration.integration_idempotency_keys (tenant, key, event_id, created_at)
       VALUES ('', 'old', $1, now() - interval '30 days')`,
      [newId()],
    );
    await app.get(HistoryRetention).run();
    const { body } = await ask('GET', '/retention');
    expect(body['lastRun']).toMatchObject({ removed: { idempotencyKeys: 1, events: 0 } });
    const tables = z
      .array(z.object({ table: z.string(), bytes: z.number(), partitions: z.number() }))
      .parse(body['tables']);
    const deliveries = tables.find(({ table }) => table === 'deliveries');
    expect(deliveries?.bytes).toBeGreaterThan(0);
    expect(deliveries?.partitions).toBeGreaterThan(1);
    expect(tables.find(({ table }) => table === 'integration_workers')?.partitions).toBe(0);
  });

  it('is not a tenant: what is the installation’s is not there for one', async () => {
    const tenant = adminCalls(app)('acme/ann');
    for (const path of ['/workers', '/retention', '/secret-keys']) {
      expect((await tenant('GET', path)).status, path).toBe(404);
    }
  });

  describe('replays chosen one by one', () => {
    const deliveriesOf = async (tenant: string, count: number): Promise<string[]> => {
      const asTenant = adminCalls(app)(`${tenant}/ann`);
      const made = await asTenant('POST', '/subscriptions', {
        name: 'S',
        eventTypes: ['ping'],
        provider: 'webhook',
        config: { url: receiver.url },
      });
      expect(made.status, made.text).toBe(201);
      for (let n = 0; n < count; n++) {
        await app.get(IntegrationPublisher).publish('ping', { n }, { tenant });
      }
      return eventually(async () => {
        const { body } = await asTenant('GET', '/deliveries?status=delivered');
        const items = z.array(z.object({ id: z.string() })).parse(body['items']);
        return items.length === count ? items.map(({ id }) => id) : undefined;
      });
    };

    it('send those and no others, and none of another tenant', async () => {
      const [first, second, third] = await deliveriesOf('acme', 3);
      const [foreign] = await deliveriesOf('globex', 1);
      const asAcme = adminCalls(app)('acme/ann');
      const started = await asAcme('POST', '/replays', { deliveryIds: [first, second, foreign] });
      expect(started.status, started.text).toBe(202);
      expect(started.body).toMatchObject({
        total: 2,
        selection: { chosen: 3, subscriptionId: null, to: null },
      });
      await eventually(async () => {
        const { body } = await asAcme('GET', `/replays/${String(started.body['id'])}`);
        return body['state'] === 'completed' && body['done'] === 2 ? true : undefined;
      });
      await eventually(async () => {
        const { body } = await asAcme('GET', `/deliveries/${String(first)}`);
        return body['attempts'] === 2 ? true : undefined;
      });
      const left = [
        await ask('GET', `/deliveries/${third}`),
        await ask('GET', `/deliveries/${foreign}`),
      ];
      for (const { body } of left) expect(body['attempts']).toBe(1);
    });

    it.each([{ deliveryIds: [newId()] }, { deliveryIds: [newId()], status: 'failed' }])(
      'are refused where none can be sent, or where they are filtered too',
      async (body) => {
        const answer = await ask('POST', '/replays', body);
        expect(answer.status, answer.text).toBe(422);
        expect(answer.body['errors']).toMatchObject([{ field: 'deliveryIds' }]);
      },
    );

    it('are a thousand at most', async () => {
      const deliveryIds = Array.from({ length: 1_001 }, () => newId());
      expect((await ask('POST', '/replays', { deliveryIds })).status).toBe(400);
    });
  });
});

describe('a worker that stops in order', () => {
  it('takes its row away', async () => {
    const database = await freshDatabase();
    const client = new Client({ connectionString: database.url });
    try {
      const app = await startAdminHost(database.url, [Events]);
      await client.connect();
      const rows = async () =>
        (await client.query('SELECT 1 FROM integration.integration_workers')).rowCount;
      await eventually(async () => ((await rows()) === 1 ? true : undefined));
      await app.close();
      expect(await rows()).toBe(0);
    } finally {
      await client.end();
      await database.drop();
    }
  });
});
