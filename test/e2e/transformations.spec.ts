import { ui } from '@nest-integrations/common';
import {
  delivered,
  IntegrationEvent,
  IntegrationProvider,
  Template,
  versioned,
  type CreateSubscription,
  type DeliveryContext,
  type DeliveryProvider,
} from '@nest-integrations/core';
import { moveTime, Receiver } from '@nest-integrations/testing';
import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Host } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';
import { until } from '../support/until.js';

const incident = z.object({ id: z.string(), severity: z.enum(['low', 'high']), title: z.string() });

@Injectable()
class IncidentEvents {
  @IntegrationEvent({ hook: 'incident.created', displayName: 'Created', payload: incident })
  created(emitted: z.output<typeof incident>) {
    return emitted;
  }
}

/** Says what its template renders. */
@Injectable()
@IntegrationProvider({
  id: 'board',
  displayName: 'Board',
  config: versioned(1, z.object({ text: ui(z.string(), { template: 'text' }) })),
})
class BoardProvider implements DeliveryProvider<{ text: string }> {
  async deliver({ config, event, subscription }: DeliveryContext<{ text: string }>) {
    const { id, type, occurredAt: timestamp, payload } = event;
    const scope = { payload, event: { id, type, timestamp }, subscription };
    return delivered({ externalId: Template.compile(config.text, 'text').render(scope) });
  }
}

const INCIDENT = { id: 'INC-1', severity: 'high', title: 'Down' } as const;

describe('a transformation', () => {
  let database: FreshDatabase;
  let host: Host;
  let receiver: Receiver;
  let mine: string[] = [];

  const subscribe = async (changes: Partial<CreateSubscription>) => {
    const subscription = await host.subscribe(receiver.url, changes);
    mine.push(subscription.id);
    return subscription.id;
  };
  const publish = (changes: object = {}) =>
    host.publisher.publish('incident.created', { ...INCIDENT, ...changes });
  const ended = async (subscriptionId: string, count = 1) => {
    const isEnded = async () => {
      const all = await host.allDeliveries({ subscriptionId });
      return all.length === count && all.every(({ finishedAt }) => finishedAt !== null);
    };
    await until(`${count} deliveries to end`, isEnded);
    const [latest] = await host.allDeliveries({ subscriptionId });
    if (!latest) throw new Error('no delivery');
    return host.deliveries.get(latest.id, 'all');
  };
  const bodies = () =>
    receiver.requests.map(({ body }) => JSON.parse(body.toString()) as { data: unknown });

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    host = await Host.start({
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: redisUrl(),
      redisPrefix: database.name,
      providers: [IncidentEvents, BoardProvider],
    });
  });

  afterAll(async () => {
    await host.stop();
    await receiver.stop();
    await database.drop();
  });

  beforeEach(async () => {
    for (const id of mine) await host.subscriptions.remove(id, 'all');
    mine = [];
    receiver.requests.length = 0;
  });

  it('decides what is delivered, and its console is kept with the attempt', async () => {
    const id = await subscribe({
      transform: `({ type, payload }) => {
        console.log('for', payload.id);
        return { text: type + ': ' + payload.title, id: payload.id };
      }`,
    });
    const { id: eventId } = await publish();
    const delivery = await ended(id);
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 1 });
    expect(bodies().map(({ data }) => data)).toEqual([
      { text: 'incident.created: Down', id: 'INC-1' },
    ]);
    expect(receiver.requests[0]?.headers['webhook-id']).toBe(eventId);
    const [attempt] = delivery.log;
    expect(attempt?.notes).toEqual(['for INC-1']);
    expect(attempt?.request?.body).toBe(receiver.requests[0]?.body.toString());
    // What was accepted stays what it is.
    expect(JSON.parse(delivery.event.payloadJson)).toEqual(INCIDENT);
  });

  it('that returns null ends the delivery where all can see it, and calls nobody', async () => {
    const id = await subscribe({
      transform: `(e) => e.payload.severity === 'high' ? e.payload : null`,
    });
    await publish({ severity: 'low' });
    const delivery = await ended(id);
    expect(delivery).toMatchObject({
      status: 'cancelled',
      attempts: 0,
      lastError: 'The transformation returned null: the event is not for this subscription',
      log: [],
    });
    expect(receiver.requests).toEqual([]);
    await publish();
    expect(await ended(id, 2)).toMatchObject({ status: 'delivered' });
  });

  it('that fails is a failed attempt with its line, which no waiting would cure', async () => {
    const id = await subscribe({ transform: `(event) => {\n  return event.payload.a.b;\n}` });
    await publish();
    const delivery = await ended(id);
    expect(delivery).toMatchObject({ status: 'failed', attempts: 1 });
    expect(delivery.log).toMatchObject([
      {
        outcome: 'rejected',
        request: null,
        error: expect.stringMatching(/^The transformation failed: TypeError: .* \(line 2\)$/),
      },
    ]);
    expect(receiver.requests).toEqual([]);

    await host.subscriptions.update(id, { transform: '(e) => ({ mended: e.payload.id })' }, 'all');
    await host.deliveries.replay(delivery.id, 'all');
    await until('the replay', () => receiver.requests.length === 1);
    expect(bodies().map(({ data }) => data)).toEqual([{ mended: 'INC-1' }]);
  });

  it('that returns nothing at all is a mistake, not a wish', async () => {
    const id = await subscribe({ transform: '(event) => { event.payload; }' });
    await publish();
    expect(await ended(id)).toMatchObject({
      status: 'failed',
      lastError: expect.stringContaining('returned nothing'),
    });
  });

  it('gives the same on each attempt, whatever the time', async () => {
    const id = await subscribe({
      transform: '() => ({ at: Date.now(), dice: Math.random() })',
      retryPolicy: { delaysSeconds: [60] },
    });
    receiver.answer(() => ({ status: 503 }));
    await publish();
    await until('the first attempt to be recorded', async () => {
      const [first] = await host.allDeliveries({ subscriptionId: id });
      return first?.status === 'retrying';
    });
    receiver.answer(() => ({ status: 200 }));
    await moveTime({ databaseUrl: database.url, byMs: 120_000 });
    await ended(id);
    const [first, second] = bodies().map(({ data }) => data);
    expect(first).toEqual({ at: expect.any(Number), dice: expect.any(Number) });
    expect(second).toEqual(first);
  });

  it('that never ends fails for its time, and holds up no other subscription', async () => {
    const looping = await subscribe({
      transform: '() => { while (true) {} }',
      retryPolicy: 'none',
      name: 'Looping',
    });
    const plain = await subscribe({ name: 'Plain' });
    const quick = await subscribe({ name: 'Quick', transform: '(e) => e.payload' });
    const order: string[] = [];
    const watch = async (id: string) => {
      await ended(id, 10);
      order.push(id);
    };
    for (let i = 0; i < 10; i++) await publish({ id: `INC-${i}` });
    await Promise.all([looping, plain, quick].map(watch));
    // Ten times a hundred milliseconds, one after the other: the plain ones do not wait for these.
    expect(order.indexOf(plain)).toBeLessThan(order.indexOf(looping));
    const [failed] = await host.allDeliveries({ subscriptionId: looping });
    expect(failed).toMatchObject({
      status: 'failed',
      lastError: 'The transformation failed: The script used more than 100 ms of processor time',
    });
  });

  it('is judged when it is saved: the field and the line are named, and nothing is stored', async () => {
    const problem = (transform: string) =>
      subscribe({ transform }).then(
        () => null,
        (error: unknown) =>
          error instanceof Error && 'problems' in error ? error.problems : error,
      );
    expect(await problem('(event) => {\n  return {;\n}')).toEqual([
      { field: 'transform', message: expect.stringMatching(/^SyntaxError: .* \(line 2\)$/) },
    ]);
    expect(await problem('({ text: 1 })')).toEqual([
      { field: 'transform', message: expect.stringContaining('must be a function') },
    ]);
    expect(await problem(' ')).toEqual([
      { field: 'transform', message: expect.stringContaining('or null') },
    ]);
    const id = await subscribe({ transform: '(e) => e.payload' });
    await expect(host.subscriptions.update(id, { transform: 'no' }, 'all')).rejects.toThrow(
      /^transform: ReferenceError/,
    );
    expect(await host.subscriptions.update(id, { name: 'Renamed' }, 'all')).toMatchObject({
      transform: '(e) => e.payload',
    });
    expect(await host.subscriptions.update(id, { transform: null }, 'all')).toMatchObject({
      transform: null,
    });
  });

  it('frees templates to name what it makes, and its end binds them again', async () => {
    const saying = { provider: 'board', config: { text: '{{ payload.headline }}' } };
    await expect(subscribe(saying)).rejects.toThrow(/payload\.headline/);
    const id = await subscribe({ ...saying, transform: '(e) => ({ headline: e.payload.title })' });
    await publish();
    expect(await ended(id)).toMatchObject({ status: 'delivered', externalId: 'Down' });
    await expect(host.subscriptions.update(id, { transform: null }, 'all')).rejects.toThrow(
      /payload\.headline/,
    );
  });
});
