import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AcceptFailedError, IntegrationEvent } from '@nest-integrations/core';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@nest-integrations/embedded';
import { Receiver } from '@nest-integrations/testing';
import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DeliveryQueue } from '../../libs/core/src/queue/delivery-queue.js';
import { Host, type QueueName } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { ensureRedis, type TestRedis } from '../support/redis.js';
import { redisUrl } from '../support/run-redis.js';

const payload = z.object({ n: z.number() });

@Injectable()
class OrderEvents {
  @IntegrationEvent({ hook: 'order.paid', displayName: 'Order paid', payload })
  paid(order: z.output<typeof payload>): z.output<typeof payload> {
    return order;
  }
}

describe.each<QueueName>(['postgres', 'bull'])('Postgres stops for a while, with %s', (queue) => {
  let dataDir: string;
  let postgres: EmbeddedPostgres;
  let receiver: Receiver;
  let host: Host;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-restart-'));
    postgres = await startEmbeddedPostgres({ dataDir });
    receiver = await Receiver.start();
    host = await Host.start({
      databaseUrl: postgres.url,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: `restart-${queue}-${process.pid}`,
      providers: [OrderEvents],
    });
    await host.subscribe(receiver.url);
  });

  afterAll(async () => {
    await host.stop();
    await receiver.stop();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('rejects what it can’t accept, loses nothing that it did, and resumes by itself', async () => {
    const release = receiver.hold();
    const accepted: string[] = [];
    for (let n = 0; n < 50; n++) {
      accepted.push((await host.publisher.publish('order.paid', { n })).id);
    }
    // Some are under way, and can't be recorded when they end.
    await receiver.waitFor(10);
    await postgres.stop();
    release();
    const refused = host.publisher.publish('order.paid', { n: 50 });
    await expect(refused).rejects.toBeInstanceOf(AcceptFailedError);

    postgres = await startEmbeddedPostgres({ dataDir, port: postgres.port });
    await expect
      .poll(
        async () => {
          const { id } = await host.publisher.publish('order.paid', { n: 51 });
          return id;
        },
        { timeout: 20_000 },
      )
      .toBeTruthy();
    await receiver.waitFor(() => accepted.every((id) => receiver.ids().has(id)), 30_000);
    await expect
      .poll(async () => (await host.allDeliveries()).every((d) => d.status === 'delivered'), {
        timeout: 30_000,
      })
      .toBe(true);
    const twice = receiver.requests.length - receiver.ids().size;
    const lost = accepted.filter((id) => !receiver.ids().has(id)).length;
    console.log(`${queue}: ${accepted.length} accepted, ${lost} lost, ${twice} sent twice`);
    expect(lost).toBe(0);
  });
});

describe('Redis forgets everything', () => {
  let database: FreshDatabase;
  let redis: TestRedis;
  let receiver: Receiver;
  let host: Host;

  beforeAll(async () => {
    database = await freshDatabase();
    // One of its own: flushing the run's would take other tests' jobs.
    const shared = process.env['REDIS_URL'];
    delete process.env['REDIS_URL'];
    redis = await ensureRedis();
    if (shared) process.env['REDIS_URL'] = shared;
    receiver = await Receiver.start();
    host = await Host.start({
      databaseUrl: database.url,
      queue: 'bull',
      redisUrl: redis.url,
      redisPrefix: 'flushed',
      providers: [OrderEvents],
      // Few at once: the handlers hold some hundreds, the other jobs are in Redis when it is flushed.
      worker: { concurrency: 4 },
    });
    await host.subscribe(receiver.url);
  });

  afterAll(async () => {
    await host.stop();
    await receiver.stop();
    await redis.stop();
    await database.drop();
  });

  it('loses no delivery: the sweep hands over again what is due', async () => {
    const release = receiver.hold();
    const accepted = await Promise.all(
      Array.from(
        { length: 500 },
        async (_, n) => (await host.publisher.publish('order.paid', { n })).id,
      ),
    );
    await receiver.waitFor(4);
    // Announcing goes on after a publish has resolved: what is flushed must be there first.
    await expect
      .poll(() => host.app.get(DeliveryQueue).backlog(), { timeout: 20_000 })
      .toBeGreaterThan(1_000);
    await flush(redis.url);
    release();
    await receiver.waitFor(() => accepted.every((id) => receiver.ids().has(id)), 60_000);
    expect((await host.health.check()).counters.swept).toBeGreaterThan(0);
    expect(receiver.requests).toHaveLength(accepted.length);
  });
});

/** FLUSHALL, as an operator would type it. */
function flush(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write('FLUSHALL\r\n'),
    );
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      if (data.toString().startsWith('+OK')) resolve();
      else reject(new Error(data.toString()));
    });
  });
}
