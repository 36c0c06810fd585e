import { IntegrationEvent } from '@nest-integrations/core';
import { moveTime, Receiver } from '@nest-integrations/testing';
import { Injectable } from '@nestjs/common';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../support/eventually.js';
import { Host, type QueueName } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';

const order = z.object({ id: z.string(), total: z.number() });

@Injectable()
class OrderEvents {
  @IntegrationEvent({ hook: 'order.paid', displayName: 'Order paid', payload: order })
  paid(emitted: z.output<typeof order>) {
    return emitted;
  }
}

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;

describe.each<QueueName>(['postgres', 'bull'])('subscription health on the %s queue', (queue) => {
  let database: FreshDatabase;
  let host: Host;
  let receiver: Receiver;

  const startHost = () =>
    Host.start({
      databaseUrl: database.url,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: database.name,
      providers: [OrderEvents],
    });

  beforeAll(async () => {
    database = await freshDatabase();
    host = await startHost();
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    const { items } = await host.subscriptions.list({ limit: 200 }, 'all');
    for (const { id } of items) await host.subscriptions.remove(id, 'all');
    await receiver.stop();
  });

  afterAll(async () => {
    await host.stop();
    await database.drop();
  });

  let orders = 0;
  const pay = async (total = 1) => {
    const id = `order-${++orders}`;
    return (await host.publisher.publish('order.paid', { id, total })).id;
  };
  const down = () => receiver.answer(() => ({ status: 503 }));
  const up = () => receiver.answer(() => ({ status: 200 }));
  const pass = (byMs: number) => moveTime({ databaseUrl: database.url, byMs });

  /** Resolves once its health has at least that many failures. */
  const failed = (id: string, times: number) =>
    eventually(async () => {
      const health = await host.subscriptionHealth.get(id, 'all');
      return health.failures >= times ? health : undefined;
    });
  const disabled = (id: string) =>
    eventually(async () => {
      const subscription = await host.subscriptions.get(id, 'all');
      return subscription.enabled ? undefined : subscription;
    });
  const sql = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  };

  /** Fails once a day, for so many days. */
  const failForDays = async (id: string, days: number) => {
    down();
    for (let day = 0; day <= days; day++) {
      if (day > 0) await pass(DAY_MS);
      const { failures } = await host.subscriptionHealth.get(id, 'all');
      await pay();
      await eventually(async () => {
        const subscription = await host.subscriptions.get(id, 'all');
        const health = await host.subscriptionHealth.get(id, 'all');
        return !subscription.enabled || health.failures > failures ? true : undefined;
      });
    }
  };

  it('disables a subscription that only fails for five days, with the reason', async () => {
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    await failForDays(id, 4);
    expect(await host.subscriptions.get(id, 'all')).toMatchObject({ enabled: true });
    await pass(DAY_MS);
    await pay();
    expect(await disabled(id)).toMatchObject({
      disabledReason: expect.stringContaining('Every attempt has failed since 20'),
    });
    expect((await host.subscriptionHealth.get(id, 'all')).status).toBe('disabled');
  });

  it('goes on delivering to one that succeeds now and then', async () => {
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    await failForDays(id, 3);
    up();
    const seen = receiver.requests.length;
    await pay();
    await receiver.waitFor(seen + 1);
    await eventually(async () => {
      const health = await host.subscriptionHealth.get(id, 'all');
      return health.status === 'healthy' && health.recoveredAt ? true : undefined;
    });
    await failForDays(id, 3);
    expect(await host.subscriptions.get(id, 'all')).toMatchObject({ enabled: true });
  });

  it('counts failures over a restart and over processes', async () => {
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    await failForDays(id, 3);
    const before = await host.subscriptionHealth.get(id, 'all');
    await host.stop();
    host = await startHost();
    expect(await host.subscriptionHealth.get(id, 'all')).toMatchObject({
      failingSince: before.failingSince,
      failures: before.failures,
    });
    const other = await startHost();
    try {
      await failForDays(id, 2);
      await disabled(id);
    } finally {
      await other.stop();
    }
  });

  it('hears of a success in a process that did not see the failures', async () => {
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    down();
    await pay();
    await failed(id, 1);
    await host.stop();
    host = await startHost();
    up();
    await eventually(async () => {
      await pay();
      const { status } = await host.subscriptionHealth.get(id, 'all');
      return status === 'healthy' ? true : undefined;
    });
  });

  it('writes nothing for a subscription that only succeeds', async () => {
    const { id } = await host.subscribe(receiver.url);
    for (let i = 0; i < 20; i++) await pay();
    await receiver.waitFor(20);
    await host.stop();
    host = await startHost();
    expect(
      await sql(
        'SELECT 1 FROM integration.integration_subscription_health WHERE subscription_id = $1',
        [id],
      ),
    ).toEqual([]);
  });

  it('disables at once where the receiver is gone (410)', async () => {
    receiver.answer(() => ({ status: 410 }));
    const { id } = await host.subscribe(receiver.url);
    await pay();
    expect((await disabled(id)).disabledReason).toContain('410');
  });

  it('leaves health alone when what is replayed fails', async () => {
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    await pay();
    await receiver.waitFor(1);
    const [delivery] = await host.allDeliveries({ subscriptionId: id });
    if (!delivery) throw new Error('no delivery');
    await host.deliveryWhen(delivery.id, ({ status }) => status === 'delivered');
    receiver.answer(() => ({ status: 410 }));
    await host.deliveries.replay(delivery.id, 'all');
    await host.deliveryWhen(delivery.id, ({ status }) => status === 'failed');
    await host.stop();
    host = await startHost();
    expect(await host.subscriptionHealth.get(id, 'all')).toMatchObject({
      status: 'healthy',
      failures: 0,
    });
  });

  it('cancels what waits, held or retrying, for a disabled subscription and keeps it to be recovered', async () => {
    down();
    const { id } = await host.subscribe(receiver.url);
    await pay();
    const [waiting] = await host.allDeliveries({ subscriptionId: id });
    if (!waiting) throw new Error('no delivery');
    await host.deliveryWhen(waiting.id, ({ status }) => status === 'retrying');
    // Held back: live, with nothing due.
    await sql('UPDATE integration.deliveries SET due_at = NULL WHERE id = $1', [waiting.id]);
    await host.subscriptions.setEnabled(id, { enabled: false, reason: 'Moving' }, 'all');
    expect(await host.deliveries.get(waiting.id, 'all')).toMatchObject({
      status: 'cancelled',
      lastError: 'The subscription was disabled: Moving',
    });
  });

  it('does not count old failures against a subscription that was enabled again', async () => {
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    await failForDays(id, 5);
    await disabled(id);
    await host.subscriptions.setEnabled(id, { enabled: true }, 'all');
    await pay();
    expect(await failed(id, 1)).toMatchObject({ status: 'failing', failures: 1 });
    expect(await host.subscriptions.get(id, 'all')).toMatchObject({ enabled: true });
  });

  it('keeps the time since when it is disabled when it is disabled once more', async () => {
    const { id } = await host.subscribe(receiver.url);
    const first = await host.subscriptions.setEnabled(id, { enabled: false }, 'all');
    const second = await host.subscriptions.setEnabled(
      id,
      { enabled: false, reason: 'Still' },
      'all',
    );
    expect(second).toMatchObject({ disabledAt: first.disabledAt, disabledReason: 'Still' });
  });

  describe('recovery', () => {
    it('sends all that was missed: what failed, what was cancelled, what was accepted while disabled', async () => {
      const { id } = await host.subscribe(receiver.url, {
        retryPolicy: { delaysSeconds: [3_600] },
        filter: { total: { $gte: 10 } },
      });
      down();
      const missed = new Set([await pay(10), await pay(11)]);
      await failed(id, 2);
      await pass(2 * HOUR_MS);
      await failed(id, 4);
      missed.add(await pay(12));
      await failed(id, 5);
      await host.subscriptions.setEnabled(id, { enabled: false }, 'all');
      missed.add(await pay(13));
      await pay(1); // not one that its filter takes
      missed.add(await pay(14));

      up();
      await host.subscriptions.setEnabled(id, { enabled: true }, 'all');
      const offer = await host.replays.recoverable(id, undefined, 'all');
      expect(offer).toMatchObject({ deliveries: 3, events: 3, eventsAreUpperBound: true });
      const seen = receiver.requests.length;
      const { id: replayId } = await host.replays.recover(id, { perSecond: 1_000 }, 'all');
      const done = await eventually(async () => {
        const replay = await host.replays.get(replayId, 'all');
        return replay.state === 'completed' ? replay : undefined;
      });
      expect(done).toMatchObject({ total: 6, done: 5 });
      await receiver.waitFor(seen + 5);
      const sent = receiver.requests.slice(seen).map(({ headers }) => headers['webhook-id']);
      expect(sent.length).toBe(5);
      expect(new Set(sent)).toEqual(missed);
      expect(await host.replays.recoverable(id, undefined, 'all')).toMatchObject({ deliveries: 0 });
    });

    it('sends with the time when the event happened, marked as a replay in the log', async () => {
      const { id } = await host.subscribe(receiver.url);
      await host.subscriptions.setEnabled(id, { enabled: false }, 'all');
      const occurredAt = new Date(Date.now() - DAY_MS);
      await host.publisher.publish('order.paid', { id: 'late', total: 1 }, { occurredAt });
      await host.replays.recover(id, {}, 'all');
      await receiver.waitFor(1);
      expect(JSON.parse(receiver.requests[0]?.body.toString() ?? '')).toMatchObject({
        timestamp: occurredAt.toISOString(),
        data: { id: 'late' },
      });
      const [delivery] = await host.allDeliveries({ subscriptionId: id });
      if (!delivery) throw new Error('no delivery');
      await host.deliveryWhen(delivery.id, ({ status }) => status === 'delivered');
      const { log, isReplay } = await host.deliveries.get(delivery.id, 'all');
      expect(isReplay).toBe(true);
      expect(log.map((attempt) => attempt.isReplay)).toEqual([true]);
    });

    it('makes one delivery of a missed event, however many recoveries run at once', async () => {
      const { id } = await host.subscribe(receiver.url);
      await host.subscriptions.setEnabled(id, { enabled: false }, 'all');
      for (let i = 0; i < 30; i++) await pay();
      const jobs = await Promise.all(
        [1, 2, 3].map(() => host.replays.recover(id, { perSecond: 1_000 }, 'all')),
      );
      for (const job of jobs) {
        await eventually(async () =>
          (await host.replays.get(job.id, 'all')).state === 'completed' ? true : undefined,
        );
      }
      expect(await host.allDeliveries({ subscriptionId: id })).toHaveLength(30);
    });

    it('asks for a time where the subscription was never disabled', async () => {
      const { id } = await host.subscribe(receiver.url);
      await expect(host.replays.recover(id, {}, 'all')).rejects.toThrow(/since/);
      await expect(host.replays.recover(id, { since: new Date(0) }, 'all')).resolves.toMatchObject({
        kind: 'recovery',
      });
    });
  });
});
