import { IntegrationEvent, type Replay } from '@nest-integrations/core';
import { Receiver } from '@nest-integrations/testing';
import { Injectable } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../support/eventually.js';
import { Host, type QueueName } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';

const order = z.object({ id: z.string() });

@Injectable()
class OrderEvents {
  @IntegrationEvent({ hook: 'order.paid', displayName: 'Order paid', payload: order })
  paid(emitted: z.output<typeof order>) {
    return emitted;
  }

  @IntegrationEvent({ hook: 'order.shipped', displayName: 'Order shipped', payload: order })
  shipped(emitted: z.output<typeof order>) {
    return emitted;
  }
}

const NOBODY = '0198c5e2-7a7e-7000-8000-000000000000';

describe.each<QueueName>(['postgres', 'bull'])('replay on the %s queue', (queue) => {
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
      // What fails is to be dead at once, not to wait for its receiver.
      worker: { circuit: { failures: 100_000 } },
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

  const down = () => receiver.answer(() => ({ status: 503 }));
  const up = () => receiver.answer(() => ({ status: 200 }));
  const publish = async (count: number, type = 'order.paid', tenant?: string) => {
    const events = await Promise.all(
      Array.from({ length: count }, (_, i) =>
        host.publisher.publish(type, { id: `order-${i}` }, tenant === undefined ? {} : { tenant }),
      ),
    );
    return events.map(({ id }) => id);
  };

  /** A subscription with that many failed deliveries; the receiver is up again. */
  const withFailed = async (count: number) => {
    down();
    const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
    const events = await publish(count);
    await settled(id, 'failed', count);
    up();
    receiver.requests.length = 0;
    return { id, events };
  };
  const settled = (subscriptionId: string, status: 'failed' | 'delivered', count: number) =>
    eventually(async () => {
      const all = await host.allDeliveries({ subscriptionId, status });
      return all.length >= count ? all : undefined;
    });
  const ended = ({ id }: Replay, state: Replay['state'] = 'completed') =>
    eventually(async () => {
      const replay = await host.replays.get(id, 'all');
      return replay.state === state ? replay : undefined;
    });
  const progressed = ({ id }: Replay, done: number) =>
    eventually(async () => {
      const replay = await host.replays.get(id, 'all');
      return replay.done >= done ? replay : undefined;
    });
  const sentIds = () => receiver.requests.map(({ headers }) => headers['webhook-id']);

  it('counts first, then sends each once, with the id it had', async () => {
    const { id, events } = await withFailed(30);
    const selection = { subscriptionId: id, status: 'failed' } as const;
    expect(await host.replays.preview(selection, 'all')).toBe(30);
    const replay = await host.replays.start({ ...selection, perSecond: 1_000 }, 'all');
    expect(replay).toMatchObject({ state: 'running', total: 30, selection });
    expect(await ended(replay)).toMatchObject({ done: 30, note: null });
    await settled(id, 'delivered', 30);
    expect(sentIds().sort()).toEqual([...events].sort());
  });

  it('keeps the history: attempts go on counting, each marked', async () => {
    const { id } = await withFailed(1);
    await ended(await host.replays.start({ subscriptionId: id }, 'all'));
    const [delivery] = await settled(id, 'delivered', 1);
    const { log } = await host.deliveries.get(delivery?.id ?? '', 'all');
    expect(log.map(({ attempt, outcome, isReplay }) => ({ attempt, outcome, isReplay }))).toEqual([
      { attempt: 1, outcome: 'retry', isReplay: false },
      { attempt: 2, outcome: 'delivered', isReplay: true },
    ]);
    // A success clears the old error.
    expect(delivery).toMatchObject({ lastError: null, lastStatus: 200, dueAt: null });
  });

  it('sends only what was chosen: by type, status and time', async () => {
    const { id } = await withFailed(2);
    const between = new Date(Date.now() + 1);
    await eventually(() => Promise.resolve(new Date() > between ? true : undefined));
    await publish(3, 'order.shipped');
    await settled(id, 'delivered', 3);
    receiver.requests.length = 0;
    const count = (selection: object) =>
      host.replays.preview({ subscriptionId: id, ...selection }, 'all');
    expect(await count({})).toBe(5);
    expect(await count({ status: 'delivered' })).toBe(3);
    expect(await count({ eventType: 'order.paid' })).toBe(2);
    expect(await count({ from: between })).toBe(3);
    expect(await count({ to: between })).toBe(2);
    const replay = await host.replays.start({ subscriptionId: id, from: between }, 'all');
    expect(await ended(replay)).toMatchObject({ done: 3 });
    await receiver.waitFor(3);
    await settled(id, 'delivered', 3);
    expect(receiver.requests).toHaveLength(3);
  });

  it('does not pick again what fails again', async () => {
    const { id } = await withFailed(10);
    down();
    const replay = await host.replays.start({ subscriptionId: id, perSecond: 10 }, 'all');
    expect(await ended(replay)).toMatchObject({ total: 10, done: 10 });
    await settled(id, 'failed', 10);
    expect(receiver.requests).toHaveLength(10);
  });

  it('does not take what ends after it began', async () => {
    const { id } = await withFailed(3);
    const replay = await host.replays.start({ subscriptionId: id, perSecond: 1 }, 'all');
    await progressed(replay, 1);
    down();
    await publish(2);
    await eventually(async () => {
      const all = await host.allDeliveries({ subscriptionId: id });
      return all.length === 5 && all.slice(0, 2).every(({ status }) => status === 'failed')
        ? true
        : undefined;
    });
    expect(await ended(replay)).toMatchObject({ total: 3, done: 3 });
  });

  it('leaves live deliveries alone', async () => {
    down();
    const { id } = await host.subscribe(receiver.url);
    await publish(1);
    const [delivery] = await host.allDeliveries({ subscriptionId: id });
    if (!delivery) throw new Error('no delivery');
    const before = await host.deliveryWhen(delivery.id, ({ status }) => status === 'retrying');
    const replay = await host.replays.start({ subscriptionId: id }, 'all');
    expect(await ended(replay)).toMatchObject({ total: 0, done: 0 });
    expect(await host.deliveries.get(delivery.id, 'all')).toMatchObject({
      status: 'retrying',
      isReplay: false,
      dueAt: before.dueAt,
    });
  });

  it('pauses, goes on where it was, and is cancelled', async () => {
    // Ten seconds of it, so that it is not done before it is paused, however late that comes.
    const many = 100;
    const { id } = await withFailed(many);
    const replay = await host.replays.start({ subscriptionId: id, perSecond: 10 }, 'all');
    await progressed(replay, 5);
    const paused = await host.replays.pause(replay.id, 'all');
    expect(paused.state).toBe('paused');
    expect(paused.done).toBeLessThan(many);
    // What a paused job does not do, another one started after it shows: its batches come and go.
    await ended(await host.replays.start({ status: 'failed', eventType: 'order.shipped' }, 'all'));
    expect((await host.replays.get(replay.id, 'all')).done).toBe(paused.done);

    await host.replays.resume(replay.id, 'all');
    const resumed = await progressed(replay, paused.done + 5);
    expect(resumed.done).toBeLessThan(many);
    const cancelled = await host.replays.cancel(replay.id, 'all');
    expect(cancelled).toMatchObject({ state: 'cancelled', finishedAt: expect.any(Date) });
    await settled(id, 'delivered', cancelled.done);
    expect(await host.allDeliveries({ subscriptionId: id, status: 'failed' })).toHaveLength(
      many - cancelled.done,
    );
    await expect(host.replays.resume(replay.id, 'all')).rejects.toThrow(/is cancelled/);
  });

  it('keeps to its rate', async () => {
    const { id } = await withFailed(30);
    const began = performance.now();
    await ended(await host.replays.start({ subscriptionId: id, perSecond: 20 }, 'all'));
    await receiver.waitFor(30);
    // Batches of ten, each half a second after the one before.
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  it('runs in one process at a time and sends nothing twice', async () => {
    const { id, events } = await withFailed(60);
    const other = await startHost();
    try {
      const replay = await host.replays.start({ subscriptionId: id, perSecond: 100 }, 'all');
      expect(await ended(replay)).toMatchObject({ done: 60 });
      await settled(id, 'delivered', 60);
      expect(sentIds().sort()).toEqual([...events].sort());
    } finally {
      await other.stop();
    }
  });

  it('goes on in another process where the first one left off', async () => {
    const { id, events } = await withFailed(40);
    const replay = await host.replays.start({ subscriptionId: id, perSecond: 10 }, 'all');
    await progressed(replay, 5);
    await host.stop();
    host = await startHost();
    expect((await host.replays.get(replay.id, 'all')).done).toBeLessThan(40);
    expect(await ended(replay)).toMatchObject({ done: 40 });
    await settled(id, 'delivered', 40);
    expect(sentIds().sort()).toEqual([...events].sort());
  });

  it('replays to a disabled subscription', async () => {
    const { id } = await withFailed(3);
    await host.subscriptions.setEnabled(id, { enabled: false }, 'all');
    await ended(await host.replays.start({ subscriptionId: id }, 'all'));
    await settled(id, 'delivered', 3);
  });

  it('leaves out what belonged to a deleted subscription', async () => {
    const { id } = await withFailed(3);
    const from = new Date(Date.now() - 60_000);
    const before = await host.replays.preview({ from }, 'all');
    await host.subscriptions.remove(id, 'all');
    expect(await host.replays.preview({ from }, 'all')).toBe((before ?? 0) - 3);
  });

  it('ends a recovery whose subscription is deleted, and says so', async () => {
    const { id } = await withFailed(20);
    const replay = await host.replays.recover(id, { since: new Date(0), perSecond: 2 }, 'all');
    await progressed(replay, 1);
    await host.subscriptions.remove(id, 'all');
    expect((await ended(replay)).note).toContain('deleted');
  });

  it('refuses to replay everything there is, and rates that are none', async () => {
    await expect(host.replays.start({}, 'all')).rejects.toThrow(/at least one/);
    await expect(host.replays.start({ status: 'failed', perSecond: 0 }, 'all')).rejects.toThrow(
      /perSecond/,
    );
  });

  describe('of one event', () => {
    it('sends it to a subscription that was not there when it happened', async () => {
      const [event] = await publish(1);
      const { id } = await host.subscribe(receiver.url, { enabled: false });
      const delivery = await host.eventReplayer.replay(event ?? '', id, 'all');
      expect(delivery).toMatchObject({ eventId: event, subscriptionId: id, isReplay: true });
      await receiver.waitFor(1);
      expect(sentIds()).toEqual([event]);
    });

    it('restarts the delivery that there is, and makes no second', async () => {
      const { id } = await host.subscribe(receiver.url);
      const [event] = await publish(1);
      const [first] = await settled(id, 'delivered', 1);
      const again = await host.eventReplayer.replay(event ?? '', id, 'all');
      expect(again.id).toBe(first?.id);
      await receiver.waitFor(2);
      expect(await host.allDeliveries({ subscriptionId: id })).toHaveLength(1);
    });

    it('refuses while it is under way', async () => {
      down();
      const { id } = await host.subscribe(receiver.url);
      const [event] = await publish(1);
      await expect(host.eventReplayer.replay(event ?? '', id, 'all')).rejects.toThrow(/on its way/);
    });

    it('refuses a type that the subscription does not take', async () => {
      const [event] = await publish(1);
      const { id } = await host.subscribe(receiver.url, { eventTypes: ['order.shipped'] });
      await expect(host.eventReplayer.replay(event ?? '', id, 'all')).rejects.toThrow(
        /takes no 'order.paid'/,
      );
    });

    it('never crosses tenants', async () => {
      const [event] = await publish(1, 'order.paid', 'acme');
      const { id } = await host.subscribe(receiver.url, { tenant: 'globex' });
      await expect(host.eventReplayer.replay(event ?? '', id, 'all')).rejects.toThrow(
        /No subscription/,
      );
      await expect(
        host.eventReplayer.replay(event ?? '', id, { tenant: 'globex' }),
      ).rejects.toThrow(/No event/);
      await expect(host.eventReplayer.replay(NOBODY, id, 'all')).rejects.toThrow(/No event/);
    });
  });

  it('shows a tenant its own replays, and replays its own deliveries only', async () => {
    await host.subscribe(receiver.url, { tenant: 'acme' });
    const { id } = await host.subscribe(receiver.url, { tenant: 'globex' });
    await publish(2, 'order.paid', 'acme');
    await publish(3, 'order.paid', 'globex');
    await settled(id, 'delivered', 3);
    await receiver.waitFor(5);
    const globex = { tenant: 'globex' };
    await eventually(async () =>
      (await host.replays.preview(
        { status: 'delivered', eventType: 'order.paid' },
        { tenant: 'acme' },
      )) === 2
        ? true
        : undefined,
    );
    const replay = await host.replays.start({ eventType: 'order.paid' }, globex);
    expect(replay).toMatchObject({ tenant: 'globex', total: 3 });
    await ended(replay);
    const acme = { tenant: 'acme' };
    await expect(host.replays.get(replay.id, acme)).rejects.toThrow(/No replay/);
    await expect(host.replays.cancel(replay.id, acme)).rejects.toThrow(/No replay/);
    await expect(host.replays.start({ subscriptionId: id }, acme)).rejects.toThrow(
      /No subscription/,
    );
    await expect(host.replays.recover(id, { since: new Date(0) }, acme)).rejects.toThrow(
      /No subscription/,
    );
    expect((await host.replays.list({}, acme)).items).toEqual([]);
    expect((await host.replays.list({}, globex)).items.map((item) => item.id)).toEqual([replay.id]);
  });

  it('lists by keyset, newest first', async () => {
    const { id } = await host.subscribe(receiver.url);
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      ids.unshift((await host.replays.start({ subscriptionId: id }, 'all')).id);
    }
    const first = await host.replays.list({ subscriptionId: id, limit: 2 }, 'all');
    const second = await host.replays.list(
      { subscriptionId: id, limit: 2, cursor: first.nextCursor ?? '' },
      'all',
    );
    expect([...first.items, ...second.items].map((item) => item.id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();
  });
});
