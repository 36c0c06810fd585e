import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { IntegrationEvent, OperationsServer } from '@nest-integrations/core';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@nest-integrations/embedded';
import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DeliveryQueue } from '../../libs/core/src/queue/delivery-queue.js';
import { Host, type HostSettings } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { ensureRedis, type TestRedis } from '../support/redis.js';
import { redisUrl } from '../support/run-redis.js';

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

/** The shortest there is: what is late by three of them is stuck. */
const LEASE_MS = 1_000;
const STUCK_AFTER_MS = 3 * LEASE_MS;

describe.each(['postgres', 'bull'] as const)('health on the %s queue', (queue) => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let host: Host;
  let operations: OperationsServer;

  beforeEach(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    host = await Host.start({
      databaseUrl: database.url,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: `health-${queue}-${database.name}`,
      providers: [OrderEvents],
      worker: { leaseMs: LEASE_MS, concurrency: 4, shutdownGraceMs: 0 },
    });
    operations = await OperationsServer.start(host.app, { port: 0 });
  });

  afterEach(async () => {
    await operations.stop();
    await host.stop();
    await receiver.stop();
    await database.drop();
  });

  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${operations.port}${path}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('is live and ready while a receiver that hangs keeps all that it was given', async () => {
    receiver.answer(() => ({ instead: 'never' }));
    await host.subscribe(receiver.url);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => host.publisher.publish('order.paid', { n })),
    );
    await receiver.waitFor(4);
    const busyUntil = performance.now() + 2 * STUCK_AFTER_MS;
    while (performance.now() < busyUntil) {
      expect(await ask('/health/live')).toEqual({
        status: 200,
        body: { live: true, problems: [] },
      });
      expect(await ask('/health/ready')).toMatchObject({ status: 200, body: { ready: true } });
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  });

  it('is not live when an attempt can’t be ended: its row is locked and stays so', async () => {
    const release = receiver.hold();
    await host.subscribe(receiver.url, { timeoutMs: 1_000 });
    await host.publisher.publish('order.paid', { n: 1 });
    await receiver.waitFor(1);
    const locker = new Client({ connectionString: database.url });
    await locker.connect();
    try {
      await locker.query('BEGIN');
      await locker.query('SELECT FROM integration.deliveries FOR UPDATE');
      release();
      expect((await ask('/health/live')).status).toBe(200);
      await expect
        .poll(() => ask('/health/live'), { timeout: 15_000, interval: 200 })
        .toEqual({
          status: 503,
          body: {
            live: false,
            problems: [expect.stringMatching(/^an attempt is \d s beyond its deadline$/)],
          },
        });
      expect((await ask('/health/ready')).status).toBe(200);
      await locker.query('ROLLBACK');
      await expect
        .poll(async () => (await ask('/health/live')).status, { timeout: 15_000, interval: 200 })
        .toBe(200);
    } finally {
      await locker.end();
    }
  });

  it('is not live when the queue’s loop has died while there is work', async () => {
    await host.subscribe(receiver.url);
    const dies = host.app.get(DeliveryQueue);
    // As by a fault of ours: nothing is handed over, and nobody has asked for that.
    await dies.stop();
    Reflect.set(dies, 'stopped', false);
    await host.publisher.publish('order.paid', { n: 1 });
    await expect
      .poll(() => ask('/health/live'), { timeout: 15_000, interval: 200 })
      .toMatchObject({ status: 503, body: { problems: [expect.stringContaining('the queue')] } });
  });
});

describe('an outage', () => {
  let dataDir: string;
  let postgres: EmbeddedPostgres;
  let redis: TestRedis;
  let receiver: Receiver;
  let host: Host;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-health-'));
    postgres = await startEmbeddedPostgres({ dataDir });
    // One of its own: stopping the run's would stop other tests.
    const shared = process.env['REDIS_URL'];
    delete process.env['REDIS_URL'];
    redis = await ensureRedis();
    if (shared) process.env['REDIS_URL'] = shared;
    receiver = await Receiver.start();
    const settings: HostSettings = {
      databaseUrl: postgres.url,
      queue: 'bull',
      redisUrl: redis.url,
      redisPrefix: 'outage',
      providers: [OrderEvents],
      worker: { leaseMs: LEASE_MS, shutdownGraceMs: 0 },
    };
    host = await Host.start(settings);
    await host.subscribe(receiver.url);
  });

  afterAll(async () => {
    await host.stop();
    await receiver.stop();
    await redis.stop();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('of Postgres makes it not ready, and leaves it live for as long as it lasts', async () => {
    await postgres.stop();
    await expect
      .poll(() => host.health.readiness(), { timeout: 10_000 })
      .toMatchObject({ ready: false, problems: [expect.stringContaining('Postgres')] });
    const awayUntil = performance.now() + 2 * STUCK_AFTER_MS;
    while (performance.now() < awayUntil) {
      expect(await host.health.liveness()).toMatchObject({ live: true });
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    postgres = await startEmbeddedPostgres({ dataDir, port: postgres.port });
    await expect
      .poll(() => host.health.readiness(), { timeout: 15_000 })
      .toEqual({ ready: true, problems: [], degraded: [] });
    expect(await host.health.liveness()).toMatchObject({ live: true });
  });

  it('of a migration that is taken back makes it not ready', async () => {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string; timestamp: string }>(
        `DELETE FROM integration.integration_migrations WHERE name LIKE 'TraceContext%' RETURNING timestamp, name`,
      );
      await expect
        .poll(() => host.health.readiness(), { timeout: 10_000 })
        .toMatchObject({ ready: false, problems: [expect.stringContaining('TraceContext')] });
      await client.query(
        'INSERT INTO integration.integration_migrations (timestamp, name) VALUES ($1, $2)',
        [rows[0]?.timestamp, rows[0]?.name],
      );
      await expect
        .poll(async () => (await host.health.readiness()).ready, { timeout: 10_000 })
        .toBe(true);
    } finally {
      await client.end();
    }
  });

  it('of Redis leaves it ready, degraded, and live: events are accepted and delivered', async () => {
    await redis.stop();
    await expect
      .poll(() => host.health.readiness(), { timeout: 10_000 })
      .toMatchObject({ ready: true, degraded: [expect.stringContaining('Redis')] });
    expect(await host.health.liveness()).toMatchObject({ live: true });
    await expect(host.publisher.publish('order.paid', { n: 1 })).resolves.toBeTruthy();
  });

  it('of its own making, a shutdown, makes it not ready at once', async () => {
    const other = await Host.start({
      databaseUrl: postgres.url,
      queue: 'postgres',
      redisUrl: redisUrl(),
      redisPrefix: 'outage-shutdown',
      providers: [OrderEvents],
    });
    const release = receiver.hold();
    const before = receiver.requests.length;
    await other.publisher.publish('order.paid', { n: 2 });
    await receiver.waitFor(before + 1);
    const stopped = other.stop();
    await expect
      .poll(() => other.health.readiness())
      .toMatchObject({ ready: false, problems: ['the process is stopping'] });
    release();
    await stopped;
  });
});
