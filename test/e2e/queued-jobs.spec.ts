import { newId } from '@nest-integrations/common';
import { IntegrationEvent } from '@nest-integrations/core';
import { Receiver } from '@nest-integrations/testing';
import { Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DeliveryQueue } from '../../libs/core/src/queue/delivery-queue.js';
import { Host } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';

const note = z.object({ text: z.string() });
const TOLD = 'what-only-the-receiver-may-read';

@Injectable()
class NoteEvents {
  @IntegrationEvent({ hook: 'note.written', displayName: 'Note written', payload: note })
  written(payload: z.output<typeof note>): z.output<typeof note> {
    return payload;
  }
}

describe('jobs in Redis', () => {
  let database: FreshDatabase;
  let redis: Redis;
  let receiver: Receiver;
  const hosts: Host[] = [];

  const startHost = async (enabled: boolean): Promise<Host> => {
    const host = await Host.start({
      databaseUrl: database.url,
      queue: 'bull',
      redisUrl: redisUrl(),
      redisPrefix: database.name,
      providers: [NoteEvents],
      worker: { enabled },
    });
    hosts.push(host);
    return host;
  };

  /** Each job is a hash whose key ends with its number. */
  const jobs = async (): Promise<Record<string, string>[]> => {
    const keys = await redis.keys(`${database.name}:*`);
    const numbered = keys.filter((key) => /:\d+$/.test(key));
    return Promise.all(numbered.map((key) => redis.hgetall(key)));
  };

  beforeAll(async () => {
    database = await freshDatabase();
    redis = new Redis(redisUrl());
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.stop();
    await receiver.stop();
  });

  afterAll(async () => {
    redis.disconnect();
    await database.drop();
  });

  it('hold ids of deliveries and nothing else, and are gone once they are done', async () => {
    const publisher = await startHost(false);
    await publisher.subscribe(receiver.url, {
      config: { url: receiver.url, auth: { type: 'bearer', token: 'tok-of-the-receiver' } },
    });
    for (let n = 0; n < 5; n++) await publisher.publisher.publish('note.written', { text: TOLD });
    const ids = (await publisher.allDeliveries()).map(({ id }) => id);
    await expect
      .poll(async () => {
        const data = (await jobs()).map((job): unknown => JSON.parse(job['data'] ?? 'null'));
        expect(JSON.stringify(await jobs())).not.toMatch(
          new RegExp(`${TOLD}|tok-of|${new URL(receiver.url).host}`),
        );
        return data.flatMap((each) => z.strictObject({ ids: z.array(z.uuid()) }).parse(each).ids);
      })
      .toEqual(expect.arrayContaining(ids));
    const { subscriptions } = await startHost(true);
    await receiver.waitFor(5);
    await expect.poll(jobs).toEqual([]);
    const { items } = await subscriptions.list({}, 'all');
    for (const { id } of items) await subscriptions.remove(id, 'all');
  });

  it('for a delivery that is gone end, and keep no other waiting', async () => {
    const host = await startHost(true);
    const { id } = await host.subscribe(receiver.url);
    host.app.get(DeliveryQueue).announce([newId(), newId()].map((gone) => ({ id: gone, inMs: 0 })));
    await host.publisher.publish('note.written', { text: TOLD });
    await receiver.waitFor(1);
    await expect.poll(jobs).toEqual([]);
    expect(receiver.requests).toHaveLength(1);
    const [delivery] = await host.allDeliveries({ subscriptionId: id });
    const done = await host.deliveryWhen(
      delivery?.id ?? '',
      ({ status }) => status === 'delivered',
    );
    expect(done.attempts).toBe(1);
  });
});
