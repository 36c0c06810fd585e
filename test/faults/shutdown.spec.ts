import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createConnection, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { IntegrationEvent } from '@nest-integrations/core';
import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { reportFault } from '../support/fault-report.js';
import { Host } from '../support/host.js';
import { PlatformProcess } from '../support/platform.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { ensureRedis, freePort } from '../support/redis.js';
import { redisUrl } from '../support/run-redis.js';
import { WorkerProcess } from '../support/worker-process.js';

@Injectable()
class OrderEvents {
  @IntegrationEvent({
    hook: 'order.paid',
    displayName: 'Order paid',
    payload: z.object({ n: z.number() }),
  })
  paid(order: { n: number }) {
    return order;
  }
}

const SLOW_MS = 200;

/** Takes its time over each answer, and counts by `webhook-id`. */
class SlowReceiver {
  readonly received = new Map<string, number>();
  private open = 0;

  private constructor(private readonly server: Server) {
    server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
      const id = String(incoming.headers['webhook-id']);
      this.received.set(id, (this.received.get(id) ?? 0) + 1);
      this.open++;
      incoming.resume();
      setTimeout(() => {
        this.open--;
        response.writeHead(204).end();
      }, SLOW_MS);
    });
  }

  static async start(): Promise<SlowReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SlowReceiver(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** Resolves while several requests wait for their answers. */
  async underWay(): Promise<void> {
    while (this.open < 10) await delay(5);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** That of the built worker: its leases last this long. */
const LEASE_MS = 30_000;
const GRACE_MS = 10_000;

describe.each(['postgres', 'bull'] as const)('SIGTERM to a worker on the %s queue', (queue) => {
  const key = randomBytes(32).toString('base64');
  let database: FreshDatabase;
  let receiver: Receiver;
  let accepting: Host;
  let workers: WorkerProcess[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
    accepting = await Host.start({
      databaseUrl: database.url,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: 'nest-integrations',
      providers: [OrderEvents],
      worker: { enabled: false },
      secrets: { keys: [{ id: 'test', key }] },
    });
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
    workers = [];
    await receiver.stop();
  });

  afterAll(async () => {
    await accepting.stop();
    await database.drop();
  });

  const startWorker = async (shutdownGraceMs: number) => {
    const worker = await WorkerProcess.start({
      databaseUrl: database.url,
      ...(queue === 'bull' ? { redisUrl: redisUrl() } : {}),
      keys: `test:${key}`,
      shutdownGraceMs,
    });
    workers.push(worker);
    return worker;
  };

  const subscribeAlone = async (url: string) => {
    for (const { id } of (await accepting.subscriptions.list({}, 'all')).items) {
      await accepting.subscriptions.remove(id, 'all');
    }
    return accepting.subscribe(url);
  };

  /** One event to this test's receiver alone; its delivery's id. */
  const publish = async () => {
    const { id: subscriptionId } = await subscribeAlone(receiver.url);
    await accepting.publisher.publish('order.paid', { n: 1 });
    const [delivery] = await accepting.allDeliveries({ subscriptionId });
    return delivery?.id ?? '';
  };

  it('finishes and records, once, what ends within the grace time', async () => {
    const worker = await startWorker(GRACE_MS);
    const release = receiver.hold();
    const deliveryId = await publish();
    await receiver.waitFor(1);
    const ended = worker.end('SIGTERM');
    await delay(1_000);
    release();
    const { how, tookMs } = await ended;
    expect(how).toBe(0);
    // By the end of its attempt, not by that of its grace time.
    expect(tookMs).toBeLessThan(GRACE_MS);
    expect(await accepting.deliveries.get(deliveryId, 'all')).toMatchObject({
      status: 'delivered',
      attempts: 1,
    });
    expect(receiver.requests).toHaveLength(1);
  });

  it('gives back the rest, which another worker has at once and not after the lease', async () => {
    const leaving = await startWorker(1_000);
    receiver.answer((_, index) => (index === 0 ? { instead: 'never' } : { status: 200 }));
    const deliveryId = await publish();
    await receiver.waitFor(1);
    await startWorker(1_000);
    const sentAt = performance.now();
    const { how, tookMs } = await leaving.end('SIGTERM');
    expect(how).toBe(0);
    expect(tookMs).toBeLessThan(LEASE_MS);
    await receiver.waitFor(2, LEASE_MS);
    const again = (receiver.requests[1]?.at ?? Infinity) - sentAt;
    expect(again).toBeLessThan(LEASE_MS / 2);
    const delivery = await accepting.deliveryWhen(
      deliveryId,
      ({ status }) => status === 'delivered',
    );
    expect(delivery.attempts).toBe(1);
    expect(leaving.output).toContain('worker.gave_back');
  });

  it('ends at once by a second signal, and what was under way is not lost', async () => {
    const worker = await startWorker(60_000);
    receiver.answer((_, index) => (index === 0 ? { instead: 'never' } : { status: 200 }));
    await publish();
    await receiver.waitFor(1);
    worker.signal('SIGTERM');
    await delay(1_500);
    const { how, tookMs } = await worker.end('SIGTERM');
    expect(how).toBe(143);
    // Of a minute's grace.
    expect(tookMs).toBeLessThan(10_000);
    // Its lease is let go here, so that the test need not wait for its end.
    await expireLeases(database.url);
    await startWorker(1_000);
    await receiver.waitFor(2, LEASE_MS);
  });

  it('loses nothing, and repeats nothing, in a rolling restart under load', async () => {
    const ROLLS = 4;
    const PUBLISHERS = 4;
    const PACE_MS = 5;
    const slow = await SlowReceiver.start();
    await subscribeAlone(slow.url);
    let old = await startWorker(5_000);
    let other = await startWorker(5_000);
    const accepted = new Set<string>();
    let rolled = false;
    const publish = async () => {
      while (!rolled) {
        accepted.add((await accepting.publisher.publish('order.paid', { n: 1 })).id);
        await delay(PACE_MS);
      }
    };
    const publishing = Promise.all(Array.from({ length: PUBLISHERS }, publish));
    const endings: unknown[] = [];
    for (let roll = 0; roll < ROLLS; roll++) {
      const next = await startWorker(5_000);
      await slow.underWay();
      endings.push((await old.end('SIGTERM')).how);
      old = other;
      other = next;
    }
    rolled = true;
    await publishing;
    const rolledAt = performance.now();
    await expect
      .poll(() => [...accepted].filter((id) => !slow.received.has(id)), {
        timeout: 60_000,
        interval: 200,
      })
      .toEqual([]);
    const recoveryMs = Math.round(performance.now() - rolledAt);
    await slow.stop();
    const lost = [...accepted].filter((id) => !slow.received.has(id)).length;
    const duplicates = [...slow.received.values()].reduce((sum, times) => sum + times - 1, 0);
    reportFault({
      promise: 'nothing lost',
      fault: `rolling restart of 2 workers under load, ${ROLLS} SIGTERMs, ${queue} queue`,
      events: accepted.size,
      lost,
      duplicates,
      explanation: 'within the grace time everything under way is finished and recorded',
      recoveryMs,
    });
    console.log(`${queue}: ${accepted.size} accepted, ${lost} lost, ${duplicates} sent twice`);
    expect(endings).toEqual(Array.from({ length: ROLLS }, () => 0));
    expect({ lost, duplicates }).toEqual({ lost: 0, duplicates: 0 });
  });

  it('ends in bounded time though Postgres answers nothing', async () => {
    const worker = await startWorker(1_000);
    receiver.answer(() => ({ instead: 'never' }));
    await publish();
    await receiver.waitFor(1);
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query('LOCK TABLE integration.deliveries IN ACCESS EXCLUSIVE MODE');
      const { how, tookMs } = await worker.end('SIGTERM');
      expect(how).toBe(0);
      expect(tookMs).toBeLessThan(30_000);
    } finally {
      await client.end();
    }
  });
});

async function expireLeases(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      'UPDATE integration.deliveries SET lease_until = now() WHERE due_at IS NOT NULL',
    );
  } finally {
    await client.end();
  }
}

describe('SIGTERM to a worker while Redis is away', () => {
  it('ends it in order, and in bounded time', async () => {
    const database = await freshDatabase();
    // One of its own: stopping the run's would stop other tests.
    const shared = process.env['REDIS_URL'];
    delete process.env['REDIS_URL'];
    const redis = await ensureRedis();
    if (shared) process.env['REDIS_URL'] = shared;
    const worker = await WorkerProcess.start({
      databaseUrl: database.url,
      redisUrl: redis.url,
      keys: `test:${randomBytes(32).toString('base64')}`,
      shutdownGraceMs: 1_000,
    });
    await takesJobs(redis.url);
    await redis.stop();
    await expect.poll(() => worker.output, { timeout: 30_000 }).toContain('queue.redis');
    const { how, tookMs } = await worker.end('SIGTERM');
    expect([how, worker.output]).toEqual([0, expect.not.stringContaining('Connection is closed')]);
    expect(tookMs).toBeLessThan(30_000);
    await database.drop();
  });
});

describe('SIGTERM to the platform', () => {
  let database: FreshDatabase;
  let dataDir: string;

  beforeAll(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-shutdown-'));
  });

  afterAll(async () => {
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('answers the request under way, and takes no new ones', async () => {
    const port = await freePort();
    const settings = { port, databaseUrl: database.url, dataDir };
    let platform = await PlatformProcess.start(settings);
    const stream = await openStream(port);
    const body = JSON.stringify({ title: 'Half sent', severity: 'critical' });
    const half = request({
      port,
      method: 'POST',
      path: '/incidents',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        expect: '100-continue',
      },
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      half.once('response', resolve);
      half.once('error', reject);
    });
    // The server says that it has the request before it has its body.
    const begun = once(half, 'continue');
    half.flushHeaders();
    await begun;
    half.write(body.slice(0, 10));

    const ended = platform.kill('SIGTERM');
    await expect
      .poll(() => fetch(`http://127.0.0.1:${port}/inbox`).then((r) => r.status, refused), {
        timeout: 10_000,
      })
      .toBe('refused');
    half.end(body.slice(10));
    const answer = await answered;
    expect(answer.statusCode).toBe(201);
    answer.resume();
    expect(await ended).toBe(0);
    stream.destroy();

    platform = await PlatformProcess.start(settings);
    const { body: list } = await platform.request('GET', '/admin/integrations/deliveries');
    expect(JSON.stringify(list)).toContain('incident.created');
    expect(await platform.kill('SIGTERM')).toBe(0);
  });
});

/** Resolves once a worker waits at this Redis for jobs. */
async function takesJobs(url: string): Promise<void> {
  await expect
    .poll(() => redisCommand(url, 'CLIENT LIST'), { timeout: 10_000 })
    .toContain('cmd=brpoplpush');
}

function redisCommand(url: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write(`${command}\r\n`),
    );
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}

/** An open page's stream, which never ends by itself. */
function openStream(port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ port, path: '/inbox/stream' })
      .once('response', (response) => {
        response.on('error', () => undefined);
        resolve(response);
      })
      .once('error', reject)
      .end();
  });
}

function refused(): string {
  return 'refused';
}
