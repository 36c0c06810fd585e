import { IntegrationEvent, type CreateSubscription } from '@nest-integrations/core';
import { Injectable } from '@nestjs/common';
import { moveTime, Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConcurrencyReceiver } from '../support/concurrency-receiver.js';
import { Host, type QueueName } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';

const step = z.object({ n: z.number(), order: z.object({ id: z.string() }) });
type Step = z.output<typeof step>;

@Injectable()
class StepEvents {
  @IntegrationEvent({ hook: 'step.taken', displayName: 'Step taken', payload: step })
  taken(payload: Step): Step {
    return payload;
  }

  @IntegrationEvent({ hook: 'flood.came', displayName: 'Flood came', payload: step })
  flood(payload: Step): Step {
    return payload;
  }
}

const BACKLOG = 20_000;
/** How late a busy machine may be with a request. */
const LATE_MS = 1_000;

describe.each<QueueName>(['postgres', 'bull'])('isolation on the %s queue', (queue) => {
  let database: FreshDatabase;
  let sql: Client;
  let receiver: Receiver;
  let others: Receiver[] = [];
  let hosts: Host[] = [];

  const startHost = (
    worker: Partial<NonNullable<Parameters<typeof Host.start>[0]['worker']>> = {},
  ) =>
    Host.start({
      databaseUrl: database.url,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: database.name,
      providers: [StepEvents],
      worker: { circuit: { failures: 5, openMs: 500 }, ...worker },
    }).then((host) => {
      hosts.push(host);
      return host;
    });

  const startTwo = async (worker: Parameters<typeof startHost>[0] = {}) =>
    [await startHost(worker), await startHost(worker)] as const;

  beforeAll(async () => {
    database = await freshDatabase();
    sql = new Client({ connectionString: database.url });
    await sql.connect();
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    const [host] = hosts;
    const { items } = host ? await host.subscriptions.list({ limit: 200 }, 'all') : { items: [] };
    for (const { id } of items) await host?.subscriptions.remove(id, 'all');
    for (const started of hosts) await started.stop();
    hosts = [];
    for (const each of [receiver, ...others]) await each.stop();
    others = [];
    await sql.query('DELETE FROM integration.deliveries');
  });

  afterAll(async () => {
    await sql.end();
    await database.drop();
  });

  const anotherReceiver = async () => {
    const other = await Receiver.start();
    others.push(other);
    return other;
  };

  /** Publishes by all hosts in turn, not waiting for one another. */
  const publish = (count: number, payloadOf: (n: number) => Step, hook = 'step.taken') =>
    Promise.all(
      Array.from({ length: count }, (_, n) =>
        hosts[n % hosts.length]?.publisher.publish(hook, payloadOf(n)),
      ),
    );

  /** One after the other: this is the order of acceptance. */
  const publishInOrder = async (steps: readonly Step[]) => {
    for (const [i, taken] of steps.entries()) {
      await hosts[i % hosts.length]?.publisher.publish('step.taken', taken);
    }
  };

  const liveOf = async (subscriptionId?: string) => {
    const { rows } = await sql.query<{ live: number }>(
      `SELECT count(*)::int AS live FROM integration.deliveries
       WHERE state IN ('pending', 'retrying') AND ($1::uuid IS NULL OR subscription_id = $1)`,
      [subscriptionId ?? null],
    );
    return rows[0]?.live ?? Number.NaN;
  };

  /** Nothing stays at a gate for ever: the property of every end. */
  const allFinal = async () => {
    await expect.poll(() => liveOf(), { timeout: 60_000, interval: 50 }).toBe(0);
  };

  const stepsAt = (each: Receiver): Step[] =>
    each.requests.map(({ body }) => (JSON.parse(body.toString()) as { data: Step }).data);

  const simple = (n: number): Step => ({ n, order: { id: `order-${n % 5}` } });

  it('never gives a receiver more at once than the subscription allows', async () => {
    const [host] = await startTwo();
    const watched = await ConcurrencyReceiver.start(20);
    await host.subscribe(watched.url, { limits: { maxConcurrency: 3 } });
    await publish(120, simple);
    await allFinal();
    expect(watched.received).toBe(120);
    expect(watched.most).toBeLessThanOrEqual(3);
    expect(watched.most).toBeGreaterThan(1);
    await watched.stop();
  });

  it('gives a receiver no more in a second than the subscription allows, evenly', async () => {
    const [host] = await startTwo();
    await host.subscribe(receiver.url, { limits: { rate: { limit: 20, per: 'second' } } });
    await publish(60, simple);
    await receiver.waitFor(60, 20_000);
    const times = receiver.requests.map(({ at }) => at);
    // Slots are 50 ms apart. On a busy machine a request is late for its own, the first one too, and
    // several that are late come together: but none comes early.
    const [firstAt = 0] = times;
    for (const [n, at] of times.entries()) {
      expect(at - firstAt).toBeGreaterThan(n * 50 - LATE_MS);
    }
    expect((times.at(-1) ?? 0) - firstAt).toBeLessThan(10_000);
    await allFinal();
  });

  it('sends in the order of acceptance, one at a time, whichever process accepted', async () => {
    const [host] = await startTwo();
    const watched = await ConcurrencyReceiver.start(2);
    await host.subscribe(watched.url, { ordering: {} });
    await publishInOrder(Array.from({ length: 60 }, (_, n) => simple(n)));
    await allFinal();
    expect(watched.bodies.map(({ n }) => n)).toEqual(Array.from({ length: 60 }, (_, n) => n));
    expect(watched.most).toBe(1);
    await watched.stop();
  });

  it('keeps the order of events that one process emits without waiting', async () => {
    const host = await startHost();
    await host.subscribe(receiver.url, { ordering: {} });
    await Promise.all(
      Array.from({ length: 1_200 }, (_, n) => host.publisher.publish('step.taken', simple(n))),
    );
    const { rows } = await sql.query<{ n: number }>(
      `SELECT (e.payload ->> 'n')::int AS n FROM integration.deliveries d
       JOIN integration.integration_events e ON e.id = d.event_id
       WHERE d.gate_seq IS NOT NULL ORDER BY d.gate_seq`,
    );
    const waiting = rows.map(({ n }) => n);
    expect(waiting.length).toBeGreaterThan(100);
    expect(waiting).toEqual(waiting.toSorted((a, b) => a - b));
  });

  it('a failing head keeps only its own key waiting, and is passed by none of it', async () => {
    const [host] = await startTwo({ circuit: { failures: 1_000, openMs: 500 } });
    const fails = new Map<string, number>();
    receiver.answer(({ body }) => {
      const { data } = JSON.parse(body.toString()) as { data: Step };
      const key = `${data.order.id}-${data.n}`;
      const failures = (fails.get(key) ?? 0) + 1;
      fails.set(key, failures);
      return { status: data.order.id === 'bad' && failures <= 3 ? 500 : 200 };
    });
    await host.subscribe(receiver.url, {
      ordering: { key: 'order.id' },
      retryPolicy: { delaysSeconds: [0.2, 0.2, 0.2, 0.2], jitter: 0 },
    });
    const steps = Array.from({ length: 40 }, (_, n) => ({
      n,
      order: { id: n % 4 === 0 ? 'bad' : `good-${n % 4}` },
    }));
    await publishInOrder(steps);
    await allFinal();
    const seen = stepsAt(receiver);
    const firstSeen = (id: string) => [
      ...new Set(seen.filter(({ order }) => order.id === id).map(({ n }) => n)),
    ];
    for (const id of ['bad', 'good-1', 'good-2', 'good-3']) {
      expect(firstSeen(id)).toEqual(steps.filter(({ order }) => order.id === id).map(({ n }) => n));
      // None goes out again once a later one of its key has gone out.
      const ofKey = seen.filter(({ order }) => order.id === id).map(({ n }) => n);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
    const lastGood = seen.findLastIndex(({ order }) => order.id !== 'bad');
    const lastBad = seen.findLastIndex(({ order }) => order.id === 'bad');
    expect(lastGood).toBeLessThan(lastBad);
  });

  it('a caller’s transaction brings its deliveries to the gate at the commit', async () => {
    const [host] = await startTwo();
    const caller = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    await host.subscribe(receiver.url, { ordering: { key: 'order.id' } });
    await caller.transaction(async (manager) => {
      await host.publisher.publish('step.taken', simple(0), { manager });
      await publish(1, () => simple(1));
      await receiver.waitFor(1);
    });
    await receiver.waitFor(2);
    expect(stepsAt(receiver).map(({ n }) => n)).toEqual([1, 0]);
    await caller.destroy();
    await allFinal();
  });

  it(`${BACKLOG} waiting deliveries do not starve one of another subscription`, async () => {
    // The slow receiver's backlog is there before the other's delivery is accepted.
    const flooded = await ConcurrencyReceiver.start(10);
    const [host] = await startTwo({ concurrency: 8 });
    await host.subscribe(flooded.url, { eventTypes: ['flood.came'] });
    await host.subscribe(receiver.url, { eventTypes: ['step.taken'] });
    await publish(BACKLOG, simple, 'flood.came');
    const acceptedAt = performance.now();
    await publish(1, simple);
    await receiver.waitFor(1, 15_000);
    // The backlog would take 12 seconds and more.
    expect(receiver.requests[0]?.at ?? Infinity).toBeLessThan(acceptedAt + 6_000);
    expect(flooded.received).toBeLessThan(BACKLOG / 2);
    await flooded.stop();
  });

  it('a receiver that hangs delays no other', async () => {
    const [host] = await startTwo({ concurrency: 16, shutdownGraceMs: 100 });
    const hanging = await anotherReceiver();
    hanging.answer(() => ({ instead: 'never' }));
    await host.subscribe(hanging.url, { eventTypes: ['flood.came'], timeoutMs: 60_000 });
    await host.subscribe(receiver.url, { eventTypes: ['step.taken'] });
    await publish(400, simple, 'flood.came');
    await hanging.waitFor(16);
    const startedAt = performance.now();
    await publish(400, simple);
    await receiver.waitFor(400, 20_000);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    // What it holds up is bounded: the rest waits, and no attempt is used up for it.
    expect(hanging.requests.length).toBeLessThan(300);
  });

  it('leaves a failing receiver alone, using up no attempts, until a probe gets through', async () => {
    const [host, other] = await startTwo();
    let isUp = false;
    receiver.answer(() => ({ status: isUp ? 200 : 503 }));
    const { id } = await host.subscribe(receiver.url, {
      retryPolicy: { delaysSeconds: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], jitter: 0 },
      limits: { maxConcurrency: 1 },
    });
    await publish(50, simple);
    await expect
      .poll(async () => (await other.subscriptions.get(id, 'all')).circuit)
      .not.toBe('closed');
    const whenOpened = receiver.requests.length;
    // Several probes fail: one at a time, ever further apart.
    await receiver.waitFor(whenOpened + 2);
    const { rows } = await sql.query<{ untouched: number; exhausted: number }>(
      `SELECT count(*) FILTER (WHERE attempts = 0)::int AS untouched,
         count(*) FILTER (WHERE state = 'failed')::int AS exhausted
       FROM integration.deliveries WHERE subscription_id = $1`,
      [id],
    );
    expect(rows[0]?.untouched).toBeGreaterThan(30);
    expect(rows[0]?.exhausted).toBe(0);
    const gaps = receiver.requests.slice(whenOpened).map(({ at }) => at);
    expect((gaps[1] ?? 0) - (gaps[0] ?? 0)).toBeGreaterThan(400);
    isUp = true;
    await allFinal();
    await expect
      .poll(async () => (await other.subscriptions.get(id, 'all')).circuit)
      .toBe('closed');
    expect(receiver.ids().size).toBe(50);
  });

  it('opens for a subscription without limits, and lets all out when it closes', async () => {
    const [host] = await startTwo({ circuit: { failures: 5, openMs: 500 } });
    let isUp = false;
    receiver.answer(() => ({ status: isUp ? 200 : 500 }));
    const { id } = await host.subscribe(receiver.url, {
      retryPolicy: { delaysSeconds: Array.from({ length: 20 }, () => 0.2), jitter: 0 },
    });
    await publish(30, simple);
    await expect
      .poll(async () => (await host.subscriptions.get(id, 'all')).circuit)
      .not.toBe('closed');
    await publish(1_500, simple);
    isUp = true;
    await allFinal();
    expect(receiver.ids().size).toBe(1_530);
    const failed = await host.allDeliveries({ subscriptionId: id, status: 'failed' });
    expect(failed).toEqual([]);
  });

  it('takes no transformation that fails for a receiver that does', async () => {
    const [host] = await startTwo();
    const { id } = await host.subscribe(receiver.url, {
      transform: '(event) => event.payload.nothing.there',
    });
    await publish(20, simple);
    await allFinal();
    expect(await host.subscriptions.get(id, 'all')).toMatchObject({
      circuit: 'closed',
      failingSince: null,
    });
    expect(receiver.requests).toEqual([]);
  });

  it('probes again at once after a probe that its transformation did not want', async () => {
    const [host] = await startTwo();
    let isUp = false;
    receiver.answer(() => ({ status: isUp ? 200 : 503 }));
    const { id } = await host.subscribe(receiver.url, {
      retryPolicy: { delaysSeconds: Array.from({ length: 20 }, () => 0.2), jitter: 0 },
    });
    await publish(10, simple);
    await expect
      .poll(async () => (await host.subscriptions.get(id, 'all')).circuit)
      .not.toBe('closed');
    await host.subscriptions.update(id, { transform: '() => null' }, 'all');
    // A probe that said nothing and still counted would keep the next one waiting for 90 seconds.
    await allFinal();
    expect((await host.subscriptions.get(id, 'all')).circuit).not.toBe('closed');
    isUp = true;
    await host.subscriptions.update(id, { transform: null }, 'all');
    await publish(1, simple);
    await allFinal();
    // Told of a moment after the result that closes it.
    await expect.poll(async () => (await host.subscriptions.get(id, 'all')).circuit).toBe('closed');
  });

  it('honours a limit that is set, changed and removed while deliveries wait', async () => {
    const [host] = await startTwo({ concurrency: 4 });
    const watched = await ConcurrencyReceiver.start(30);
    const { id } = await host.subscribe(watched.url);
    const many = 600;
    await publish(many, simple);
    await watched.waitFor(8);
    // From when the limit is known to all: what both workers held before it goes out and ends by itself.
    const honoured = async (limit: number) => {
      const mostOfTen = async () => {
        watched.forgetMost();
        await watched.waitFor(watched.received + 10);
        return watched.most;
      };
      while ((await mostOfTen()) > limit);
      watched.forgetMost();
      await watched.waitFor(watched.received + 40);
      expect(watched.most).toBeLessThanOrEqual(limit);
    };
    await host.subscriptions.update(id, { limits: { maxConcurrency: 2 } }, 'all');
    await honoured(2);
    await host.subscriptions.update(id, { limits: { maxConcurrency: 1 } }, 'all');
    await honoured(1);
    expect(watched.received).toBeLessThan(many);
    await host.subscriptions.update(id, { limits: null }, 'all');
    await allFinal();
    expect(watched.received).toBe(many);
    await watched.stop();
  });

  it('keeps the order of what was accepted before there was one', async () => {
    const quiet = await startHost({ enabled: false });
    const { id } = await quiet.subscribe(receiver.url);
    await publishInOrder(Array.from({ length: 20 }, (_, n) => simple(n)));
    await quiet.subscriptions.update(id, { ordering: { key: 'order.id' } }, 'all');
    await publishInOrder(Array.from({ length: 20 }, (_, n) => simple(n + 20)));
    await startHost();
    await allFinal();
    const seen = stepsAt(receiver);
    expect(seen).toHaveLength(40);
    for (const key of [0, 1, 2, 3, 4]) {
      const ofKey = seen.filter(({ n }) => n % 5 === key).map(({ n }) => n);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
  });

  it('brings texts to their line that the database can’t read as text', async () => {
    const quiet = await startHost({ enabled: false });
    const { id } = await quiet.subscribe(receiver.url);
    const odd = ['nul \0', 'half a pair \ud83d', 'the other half \ude00', 'no escape: \\u0000 \\'];
    const of = (n: number): Step => ({ n, order: { id: odd[n % odd.length] ?? '' } });
    await publishInOrder(Array.from({ length: 8 }, (_, n) => of(n)));
    await quiet.subscriptions.update(id, { ordering: { key: 'order.id' } }, 'all');
    await publishInOrder(Array.from({ length: 8 }, (_, n) => of(n + 8)));
    await startHost();
    await allFinal();
    const seen = stepsAt(receiver);
    expect(seen).toHaveLength(16);
    for (const key of odd) {
      const ofKey = seen.filter(({ order }) => order.id === key).map(({ n }) => n);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
      expect(ofKey).toHaveLength(4);
    }
  });

  it('cancels what waits at the gate of a subscription that is disabled or deleted', async () => {
    const [host] = await startTwo();
    receiver.answer(() => ({ status: 500 }));
    const make = () =>
      host.subscribe(receiver.url, {
        ordering: {},
        retryPolicy: { delaysSeconds: [3_600] },
      } satisfies Partial<CreateSubscription>);
    const [disabled, deleted] = [await make(), await make()];
    await publish(10, simple);
    // What is under way then ends by itself: here, both wait for their retries.
    await expect
      .poll(async () => (await host.allDeliveries({ status: 'retrying' })).length)
      .toBe(2);
    await host.subscriptions.setEnabled(disabled.id, { enabled: false }, 'all');
    await host.subscriptions.remove(deleted.id, 'all');
    await allFinal();
    expect(receiver.requests).toHaveLength(2);
  });

  it('replays at the end of the line, within the limits', async () => {
    const [host] = await startTwo();
    const { id } = await host.subscribe(receiver.url, { ordering: {} });
    await publishInOrder([simple(0), simple(1)]);
    await allFinal();
    const first = (await host.allDeliveries({ subscriptionId: id })).at(-1);
    const release = receiver.hold();
    await publishInOrder([simple(2)]);
    await receiver.waitFor(3);
    await host.deliveries.replay(first?.id ?? '', 'all');
    await publishInOrder([simple(3)]);
    await expect.poll(() => liveOf(id)).toBe(3);
    release();
    await allFinal();
    const seen = stepsAt(receiver).map(({ n }) => n);
    expect(seen.slice(0, 3)).toEqual([0, 1, 2]);
    expect(seen.slice(3).toSorted((a, b) => a - b)).toEqual([0, 3]);
  });

  it('a retry that waits takes no place from the others', async () => {
    const [host] = await startTwo();
    receiver.answer((_, index) => ({ status: index === 0 ? 500 : 200 }));
    const { id } = await host.subscribe(receiver.url, {
      limits: { maxConcurrency: 1 },
      retryPolicy: { delaysSeconds: [3_600], jitter: 0 },
    });
    await publish(5, simple);
    await receiver.waitFor(5);
    expect(receiver.ids().size).toBe(5);
    await expect.poll(() => liveOf(id)).toBe(1);
    await moveTime({ databaseUrl: database.url, byMs: 3_600_000 });
    await allFinal();
  });

  it('goes on in order where a process was stopped in the midst', async () => {
    const [host, dying] = await startTwo();
    const watched = await ConcurrencyReceiver.start(5);
    await host.subscribe(watched.url, { ordering: { key: 'order.id' } });
    await publishInOrder(Array.from({ length: 100 }, (_, n) => simple(n)));
    await watched.waitFor(20);
    await dying.stop();
    hosts = [host];
    await allFinal();
    for (const key of [0, 1, 2, 3, 4]) {
      const ofKey = watched.bodies.filter(({ n }) => n % 5 === key).map(({ n }) => n);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
    await watched.stop();
  });
});
