import { IntegrationEvent } from '@nest-integrations/core';
import { moveTime, Receiver } from '@nest-integrations/testing';
import { Injectable, type Type } from '@nestjs/common';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../support/eventually.js';
import { Host } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

const order = z.object({ id: z.string() });

@Injectable()
class OrderEvents {
  @IntegrationEvent({ hook: 'order.paid', displayName: 'Order paid', payload: order })
  paid(emitted: z.output<typeof order>) {
    return emitted;
  }
}

@Injectable()
class Impostor {
  @IntegrationEvent({ hook: 'integration.mine', displayName: 'Mine', payload: order })
  mine(emitted: z.output<typeof order>) {
    return emitted;
  }
}

const told = z.object({
  type: z.string(),
  data: z.looseObject({
    subscription: z.looseObject({ id: z.string() }),
    alsoFailed: z.number().optional(),
  }),
});
type Told = z.output<typeof told>;

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;

describe('operational events', () => {
  let database: FreshDatabase;
  let host: Host;
  /** Of the product's subscriptions. */
  let receiver: Receiver;
  /** Of the operators'. */
  let operators: Receiver;

  const startHost = (providers: Type[] = [OrderEvents]) =>
    Host.start({
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: '',
      redisPrefix: database.name,
      providers,
      // What fails is to be dead at once, not to wait for its receiver.
      worker: { circuit: { failures: 100_000 } },
    });

  beforeAll(async () => {
    database = await freshDatabase();
    host = await startHost();
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
    operators = await Receiver.start();
  });

  afterEach(async () => {
    const { items } = await host.subscriptions.list({ limit: 200 }, 'all');
    for (const { id } of items) await host.subscriptions.remove(id, 'all');
    await receiver.stop();
    await operators.stop();
  });

  afterAll(async () => {
    await host.stop();
    await database.drop();
  });

  const pay = (tenant?: string) =>
    host.publisher.publish('order.paid', { id: 'order-1' }, tenant === undefined ? {} : { tenant });
  const down = () => receiver.answer(() => ({ status: 503, body: 'no' }));
  const tellings = (): Told[] =>
    operators.requests.map(({ body }) => told.parse(JSON.parse(body.toString())));
  const of = (type: string, subscriptionId?: string) =>
    tellings().filter(
      (one) =>
        one.type === type &&
        (subscriptionId === undefined || one.data.subscription.id === subscriptionId),
    );
  const watch = (eventTypes = ['integration.*'], tenant?: string) =>
    host.subscribe(operators.url, {
      name: 'Operators',
      eventTypes,
      ...(tenant === undefined ? {} : { tenant }),
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
  const operationalEvents = async () => {
    const [row] = await sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM integration.integration_events WHERE type LIKE 'integration.%'`,
    );
    return row?.count ?? 0;
  };
  const failuresOf = async (id: string) => (await host.subscriptionHealth.get(id, 'all')).failures;
  /** One more failed attempt, written to its health; or it is disabled by it. */
  const failOnce = async (id: string) => {
    const before = await failuresOf(id);
    await pay();
    await eventually(async () => {
      const { enabled } = await host.subscriptions.get(id, 'all');
      return !enabled || (await failuresOf(id)) > before ? true : undefined;
    });
  };

  it('tells of a dead delivery: what, for whom, and why', async () => {
    await watch();
    down();
    const { id } = await host.subscribe(receiver.url, { name: 'Billing', retryPolicy: 'none' });
    const event = await pay();
    await operators.waitFor(1);
    const [delivery] = await host.allDeliveries({ subscriptionId: id });
    expect(tellings()).toEqual([
      {
        type: 'integration.delivery.failed',
        data: {
          delivery: {
            id: delivery?.id,
            attempts: 1,
            lastStatus: 503,
            failedAt: expect.stringMatching(/Z$/),
          },
          event: { id: event.id, type: 'order.paid' },
          subscription: { id, name: 'Billing', tenant: null, provider: 'webhook' },
          reason: expect.stringContaining('503'),
          alsoFailed: 0,
        },
      },
    ]);
  });

  it('says nothing to a subscription to everything: who asked for `*` asked for the product’s events', async () => {
    await watch(['*']);
    await watch(['integration.delivery.failed']);
    down();
    await host.subscribe(receiver.url, { retryPolicy: 'none', eventTypes: ['order.paid'] });
    await pay();
    // The event of the delivery that failed comes last of all.
    await operators.waitFor(2);
    const types = operators.requests.map(({ body }) => String(JSON.parse(body.toString()).type));
    expect(types.toSorted()).toEqual(['integration.delivery.failed', 'order.paid']);
  }, 30_000);

  it('makes no event where nobody asked for it', async () => {
    down();
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    await host.subscribe(operators.url, {
      tenant: 'acme',
      eventTypes: ['integration.delivery.failed'],
    });
    const before = await operationalEvents();
    await pay();
    const [delivery] = await host.allDeliveries({ subscriptionId: id });
    await host.deliveryWhen(delivery?.id ?? '', ({ status }) => status === 'failed');
    expect(await sql('SELECT 1 FROM integration.integration_failure_notices')).toEqual([]);
    expect(await operationalEvents()).toBe(before);
  });

  it('keeps to the tenant', async () => {
    await watch(['integration.*'], 'acme');
    down();
    const options = { retryPolicy: 'none', eventTypes: ['order.paid'] } as const;
    await host.subscribe(receiver.url, { ...options, tenant: 'globex' });
    const { id } = await host.subscribe(receiver.url, { ...options, tenant: 'acme' });
    await pay('globex');
    await pay('acme');
    await operators.waitFor(1);
    expect(tellings().map((one) => one.data.subscription.id)).toEqual([id]);
  });

  it('tells when a subscription is failing, disabled and recovered, once each over all processes', async () => {
    await watch(['integration.subscription.*']);
    down();
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none', name: 'Billing' });
    const other = await startHost();
    try {
      await failOnce(id);
      await moveTime({ databaseUrl: database.url, byMs: 2 * HOUR_MS });
      await failOnce(id);
      await operators.waitFor(() => of('integration.subscription.failing', id).length > 0);
      for (let day = 1; day <= 5; day++) {
        await moveTime({ databaseUrl: database.url, byMs: DAY_MS });
        await failOnce(id);
      }
      await operators.waitFor(() => of('integration.subscription.disabled', id).length > 0);
      receiver.answer(() => ({ status: 200 }));
      await host.subscriptions.setEnabled(id, { enabled: true }, 'all');
      await eventually(async () => {
        await pay();
        return of('integration.subscription.recovered', id).length > 0 ? true : undefined;
      });
    } finally {
      await other.stop();
    }
    const told = tellings().filter((one) => one.data.subscription.id === id);
    expect(told.map(({ type }) => type)).toEqual([
      'integration.subscription.failing',
      'integration.subscription.disabled',
      'integration.subscription.recovered',
    ]);
    expect(told[0]?.data).toMatchObject({
      subscription: { name: 'Billing', provider: 'webhook' },
      failures: expect.any(Number),
      reason: expect.stringContaining('503'),
    });
    expect(told[1]?.data).toMatchObject({ reason: expect.stringContaining('Every attempt') });
  });

  it('tells of a receiver that is gone (410)', async () => {
    await watch(['integration.subscription.disabled']);
    receiver.answer(() => ({ status: 410 }));
    const { id } = await host.subscribe(receiver.url);
    await pay();
    await operators.waitFor(1);
    expect(of('integration.subscription.disabled', id)).toMatchObject([
      { data: { reason: expect.stringContaining('410') } },
    ]);
  });

  it('does not feed itself: failing deliveries of operational events make no more of them', async () => {
    operators.answer(() => ({ status: 500 }));
    const one = await watch();
    const two = await host.subscribe(operators.url, {
      name: 'Others',
      eventTypes: ['integration.*'],
      retryPolicy: 'none',
    });
    down();
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    const before = await operationalEvents();
    await failOnce(id);
    await eventually(async () =>
      (await failuresOf(one.id)) > 0 && (await failuresOf(two.id)) > 0 ? true : undefined,
    );
    // All three fail for hours; each says so once, to both, who fail to hear it.
    await moveTime({ databaseUrl: database.url, byMs: 2 * HOUR_MS });
    await failOnce(id);
    for (let hour = 0; hour < 3; hour++) {
      await moveTime({ databaseUrl: database.url, byMs: 2 * HOUR_MS });
      await failOnce(id);
    }
    const failingOf = () =>
      sql<{ id: string; times: number }>(
        `SELECT payload->'subscription'->>'id' AS id, count(*)::int AS times
         FROM integration.integration_events WHERE type = 'integration.subscription.failing'
           AND payload->'subscription'->>'id' = ANY($1) GROUP BY 1`,
        [[one.id, two.id, id]],
      );
    await eventually(async () => ((await failingOf()).length === 3 ? true : undefined));
    expect((await failingOf()).map(({ times }) => times)).toEqual([1, 1, 1]);
    await eventually(async () =>
      (await sql('SELECT 1 FROM integration.integration_failure_notices')).length === 0
        ? true
        : undefined,
    );
    // Five of the product's deliveries died, three subscriptions fail.
    expect((await operationalEvents()) - before).toBe(5 + 3);
  });

  it('does not become a storm: of many dead deliveries a few are told, the others counted', async () => {
    await watch(['integration.delivery.failed']);
    down();
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    const DEAD = 1_000;
    await Promise.all(Array.from({ length: DEAD }, () => pay()));
    const counted = () =>
      of('integration.delivery.failed', id).reduce(
        (sum, { data }) => sum + 1 + (data.alsoFailed ?? 0),
        0,
      );
    await operators.waitFor(() => counted() >= DEAD, 20_000);
    expect(counted()).toBe(DEAD);
    expect(operators.requests.length).toBeLessThan(DEAD / 10);
  });

  it('is not lost when the process ends between the failure and its telling', async () => {
    await watch(['integration.delivery.failed']);
    down();
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    // As a process leaves it that dies right after the failure is recorded.
    await sql(
      `UPDATE integration.integration_failure_pace SET told_at = now() + interval '1 hour'`,
    );
    await pay();
    const [delivery] = await host.allDeliveries({ subscriptionId: id });
    await host.deliveryWhen(delivery?.id ?? '', ({ status }) => status === 'failed');
    await host.stop();
    await sql(`UPDATE integration.integration_failure_pace SET told_at = now()`);
    host = await startHost();
    await operators.waitFor(1);
    expect(of('integration.delivery.failed', id)).toHaveLength(1);
  });

  it('says nothing of a replay that fails: who replays is watching', async () => {
    await watch(['integration.delivery.failed']);
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    await pay();
    const [delivery] = await host.allDeliveries({ subscriptionId: id });
    await host.deliveryWhen(delivery?.id ?? '', ({ status }) => status === 'delivered');
    down();
    await host.deliveries.replay(delivery?.id ?? '', 'all');
    await host.deliveryWhen(delivery?.id ?? '', ({ status }) => status === 'failed');
    expect(await sql('SELECT 1 FROM integration.integration_failure_notices')).toEqual([]);
  });

  it('refuses an event of the app’s that begins like the system’s own', async () => {
    await expect(startHost([OrderEvents, Impostor])).rejects.toThrow(
      /'integration.mine' \(Impostor.mine\).*choose another name/,
    );
  });
});
