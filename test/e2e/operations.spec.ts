import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Receiver } from '@nest-integrations/testing';
import parsePrometheus from 'parse-prometheus-text-format';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlatformProcess } from '../support/platform.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { freePort } from '../support/redis.js';
import { WorkerProcess } from '../support/worker-process.js';

const TOKEN = 'a-token-for-the-tests';

describe('whoever operates a platform and its worker', () => {
  let database: FreshDatabase;
  let dataDir: string;
  let port: number;
  let operationsPort: number;
  let platform: PlatformProcess;
  let worker: WorkerProcess;
  let receiver: Receiver;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-operations-'));
    [port, operationsPort] = [await freePort(), await freePort()];
    platform = await PlatformProcess.start({ port, databaseUrl: database.url, dataDir });
    const keys = JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8')) as {
      id: string;
      key: string;
    }[];
    worker = await WorkerProcess.start({
      databaseUrl: database.url,
      keys: keys.map(({ id, key }) => `${id}:${key}`).join(','),
      operationsPort,
    });
  });

  afterAll(async () => {
    await platform.kill('SIGTERM');
    await worker.end('SIGTERM');
    await receiver.stop();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const get = (of: number, path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${of}${path}`, { headers });

  it('gets the platform’s metrics with the admin token, and without it nothing', async () => {
    const refused = await get(port, '/metrics');
    expect(refused.status).toBe(401);
    expect(await refused.text()).not.toContain('integration_');
    const metrics = await get(port, '/metrics', { authorization: `Bearer ${TOKEN}` });
    expect(metrics.status).toBe(200);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain;.*version=0\.0\.4/);
    const names = parsePrometheus(await metrics.text()).map(({ name }) => name);
    expect(names).toContain('integration_queue_lag_seconds');
  });

  it('gets health of the platform at its old paths', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      const response = await get(port, path);
      expect([response.status, await response.json()]).toMatchObject([200, { status: 'ok' }]);
    }
  });

  it('gets health and metrics of the worker on a port of its own, and nothing else there', async () => {
    expect(await (await get(operationsPort, '/health/live')).json()).toEqual({
      live: true,
      problems: [],
    });
    expect(await (await get(operationsPort, '/health/ready')).json()).toEqual({
      ready: true,
      problems: [],
      degraded: [],
    });
    const metrics = await get(operationsPort, '/metrics');
    expect(parsePrometheus(await metrics.text()).length).toBeGreaterThan(10);
    expect((await get(operationsPort, '/')).status).toBe(404);
    const post = await fetch(`http://127.0.0.1:${operationsPort}/metrics`, { method: 'POST' });
    expect(post.status).toBe(404);
  });

  it('reads one JSON object a line, with the ids of what it is about', async () => {
    receiver.answer(() => ({ status: 500 }));
    const { body } = await platform.admin('POST', '/subscriptions', {
      name: 'Fails',
      eventTypes: ['incident.created'],
      provider: 'webhook',
      config: { url: receiver.url },
      retryPolicy: 'none',
    });
    await platform.createIncident('Logged');
    await receiver.waitFor(1);
    const lines = () =>
      (platform.output + worker.output)
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => (JSON.parse(line) as { message: unknown }).message);
    await expect.poll(lines, { timeout: 10_000 }).toContainEqual(
      expect.objectContaining({
        event: 'delivery.attempted',
        deliveryId: expect.any(String),
        eventId: receiver.requests[0]?.headers['webhook-id'],
        subscriptionId: (body as { id: string }).id,
        state: 'failed',
      }),
    );
  });
});
