import {
  IntegrationEvent,
  IntegrationProvider,
  rejected,
  versioned,
  type DeliveryOutcome,
  type DeliveryProvider,
} from '@nest-integrations/core';
import { Injectable, type Type } from '@nestjs/common';
import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Host, type QueueName } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';

@Injectable()
class PingEvents {
  @IntegrationEvent({
    hook: 'ping',
    displayName: 'Ping',
    payload: z.object({ n: z.number() }),
    example: { n: 1 },
  })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }
}

@Injectable()
@IntegrationProvider({
  id: 'strict',
  displayName: 'Strict',
  config: versioned(1, z.strictObject({})),
})
class StrictProvider implements DeliveryProvider {
  static asked = 0;

  async deliver(): Promise<DeliveryOutcome> {
    StrictProvider.asked++;
    return rejected('The room does not exist');
  }
}

const RETRIES = { retryPolicy: { delaysSeconds: [1, 1, 1] } };

describe.each<QueueName>(['postgres', 'bull'])('a delivery on the %s queue', (queue) => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let host: Host;

  const start = async (providers: readonly Type[]) => {
    host = await Host.start({
      databaseUrl: database.url,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: database.name,
      providers: [PingEvents, ...providers],
    });
  };

  /** As it was saved before the operator forbade it. */
  const storeUrl = async (id: string, url: string) => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `UPDATE integration.integration_subscriptions
       SET config = (config::jsonb || jsonb_build_object('url', $2::text))::json WHERE id = $1`,
      [id, url],
    );
    await client.end();
  };

  const only = async () => (await host.allDeliveries({}))[0]?.id ?? '';

  beforeEach(async () => {
    StrictProvider.asked = 0;
    database = await freshDatabase();
    receiver = await Receiver.start();
    await start([StrictProvider]);
  });

  afterEach(async () => {
    await host.stop();
    await receiver.stop();
    await database.drop();
  });

  it('that can never succeed is not retried like an outage', async () => {
    await host.subscribe('', { provider: 'strict', config: {}, ...RETRIES });
    await host.publisher.publish('ping', { n: 1 });
    const failed = await host.deliveryWhen(await only(), ({ status }) => status === 'failed');
    expect(failed).toMatchObject({
      attempts: 1,
      dueAt: null,
      lastError: expect.stringContaining('The room does not exist'),
    });
    // Later ones have had their turn: had it been retried, it would have been by now.
    for (let n = 2; n <= 4; n++) await host.publisher.publish('ping', { n });
    await expect.poll(() => StrictProvider.asked).toBe(4);
    expect((await host.deliveries.get(failed.id, 'all')).log).toHaveLength(1);
  });

  it.each(['http://10.0.0.1/', 'http://169.254.169.254/latest', 'http://[64:ff9b::a00:1]/'])(
    'to an address that is forbidden by now ends at once, saying why: %s',
    async (url) => {
      await expect(host.subscribe(url, RETRIES)).rejects.toMatchObject({
        problems: [{ field: 'config.url', message: expect.stringContaining('is not allowed') }],
      });
      const { id } = await host.subscribe(receiver.url, RETRIES);
      await storeUrl(id, url);
      await host.publisher.publish('ping', { n: 1 });
      const failed = await host.deliveryWhen(await only(), ({ status }) => status === 'failed');
      expect(failed).toMatchObject({
        attempts: 1,
        lastError: expect.stringMatching(/is not allowed: (private|metadata) address/),
      });
    },
  );

  it('that was sent and recorded stays so, though telling of it fails each time', async () => {
    const refusing: string[] = [];
    const told = (line: unknown): void => {
      const { event } = z.object({ event: z.string() }).parse(line);
      refusing.push(event);
      if (event === 'delivery.attempted') throw new Error('the log is full');
    };
    host.app.useLogger({ log: told, warn: told, error: told });
    receiver.answer((_request, index) => ({ status: index === 0 ? 503 : 200 }));
    await host.subscribe(receiver.url, RETRIES);
    await host.publisher.publish('ping', { n: 1 });
    const id = await only();
    await host.deliveryWhen(id, ({ status }) => status === 'delivered');
    expect(refusing).toContain('delivery.attempted');
    // A later one has been through the same hands: the first would have come again by now.
    await host.publisher.publish('ping', { n: 2 });
    await receiver.waitFor(3);
    expect(receiver.requests).toHaveLength(3);
    const { log } = await host.deliveries.get(id, 'all');
    expect(log.map(({ outcome }) => outcome)).toEqual(['retry', 'delivered']);
  });

  it('whose provider is not registered any more fails for all to see, and says what to do', async () => {
    const { id } = await host.subscribe('', { provider: 'strict', config: {}, ...RETRIES });
    await host.stop();
    await start([]);
    await host.publisher.publish('ping', { n: 1 });
    const failed = await host.deliveryWhen(await only(), ({ status }) => status === 'failed');
    expect(failed).toMatchObject({
      subscriptionId: id,
      lastError: expect.stringMatching(/'strict' is registered: import its module/),
    });
  });

  it('says when the event happened, and keeps its history, over a retry and a replay', async () => {
    const occurredAt = new Date(Date.now() - 3 * 86_400_000);
    receiver.answer((_request, index) => ({ status: index === 0 ? 503 : 200 }));
    await host.subscribe(receiver.url, RETRIES);
    await host.publisher.publish('ping', { n: 1 }, { occurredAt });
    const id = await only();
    await host.deliveryWhen(id, ({ status }) => status === 'delivered');
    await host.deliveries.replay(id, 'all');
    await host.deliveryWhen(id, ({ attempts, status }) => attempts === 3 && status === 'delivered');
    const times = receiver.requests.map(
      ({ body }) =>
        z.object({ timestamp: z.string() }).parse(JSON.parse(body.toString())).timestamp,
    );
    expect(times).toEqual(Array(3).fill(occurredAt.toISOString()));
    const { log, event } = await host.deliveries.get(id, 'all');
    expect(event.occurredAt).toEqual(occurredAt);
    expect(log.map(({ outcome, isReplay }) => [outcome, isReplay])).toEqual([
      ['retry', false],
      ['delivered', false],
      ['delivered', true],
    ]);
  });

  it('that succeeds after all shows no error of before and no next attempt', async () => {
    receiver.answer((_request, index) => ({ status: index === 0 ? 503 : 200 }));
    await host.subscribe(receiver.url, RETRIES);
    await host.publisher.publish('ping', { n: 1 });
    const id = await only();
    const waiting = await host.deliveryWhen(id, ({ status }) => status === 'retrying');
    expect(waiting.lastError).not.toBeNull();
    expect(waiting.dueAt).toBeInstanceOf(Date);
    expect(await host.deliveryWhen(id, ({ status }) => status === 'delivered')).toMatchObject({
      lastError: null,
      dueAt: null,
      attempts: 2,
    });
  });
});
