import {
  delivered,
  IntegrationEvent,
  IntegrationProvider,
  retry,
  versioned,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
} from '@nest-integrations/core';
import { moveTime } from '@nest-integrations/testing';
import { Injectable } from '@nestjs/common';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Host, type QueueName } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';
import { until } from '../support/until.js';

const incident = z.object({ id: z.string(), title: z.string().nullish() });
const MINUTE_MS = 60_000;

@Injectable()
class IncidentEvents {
  @IntegrationEvent({ hook: 'incident.created', displayName: 'Created', payload: incident })
  created(emitted: z.output<typeof incident>) {
    return emitted;
  }

  @IntegrationEvent({ hook: 'incident.resolved', displayName: 'Resolved', payload: incident })
  resolved(emitted: z.output<typeof incident>) {
    return emitted;
  }
}

interface Said {
  readonly type: string;
  readonly key: string | null;
  readonly joins: string | null;
}

/** What the chat saw, and how it answers next. */
const said: Said[] = [];
let answer: (n: number, said: Said) => DeliveryOutcome | Promise<DeliveryOutcome>;

@Injectable()
@IntegrationProvider({
  id: 'chat',
  displayName: 'Chat',
  threads: true,
  config: versioned(1, z.object({ room: z.string().default('ops') })),
})
class ChatProvider implements DeliveryProvider {
  async deliver({ event, thread }: DeliveryContext<unknown>): Promise<DeliveryOutcome> {
    const now: Said = {
      type: event.type,
      key: thread?.key ?? null,
      joins: thread?.externalId ?? null,
    };
    said.push(now);
    return answer(said.length, now);
  }
}

describe.each<QueueName>(['postgres', 'bull'])('threads, on the %s queue', (queue) => {
  let database: FreshDatabase;
  let host: Host;
  const mine: string[] = [];
  const subscribe = async (threadKey: string | null = '{{ payload.id }}') => {
    const subscription = await host.subscriptions.create(
      { name: 'Chat', eventTypes: ['incident.*'], provider: 'chat', config: {}, threadKey },
      'all',
    );
    mine.push(subscription.id);
    return subscription;
  };
  const deliveriesOf = async () => {
    const found = await Promise.all(
      mine.map((subscriptionId) => host.allDeliveries({ subscriptionId, status: 'delivered' })),
    );
    return found.flat();
  };
  const publish = (type: 'created' | 'resolved', id: string) =>
    host.publisher.publish(`incident.${type}`, { id });
  const all = (count: number) =>
    until(`${count} to be delivered`, async () => (await deliveriesOf()).length === count);
  const rowsOf = async (table: string) => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(
      `SELECT * FROM integration.${table} WHERE subscription_id = ANY($1)`,
      [mine],
    );
    await client.end();
    return rows;
  };

  beforeAll(async () => {
    database = await freshDatabase();
    host = await Host.start({
      databaseUrl: database.url,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: database.name,
      providers: [IncidentEvents, ChatProvider],
      worker: { circuit: { failures: 100_000 } },
    });
  });

  afterAll(async () => {
    await host.stop();
    await database.drop();
  });

  beforeEach(async () => {
    for (const id of mine.splice(0))
      await host.subscriptions.setEnabled(id, { enabled: false }, 'all');
    said.length = 0;
    answer = (n) => delivered({ externalId: `M-${n}`, externalUrl: `https://chat.example/M-${n}` });
  });

  it('join what the first of their key opened, in the order in which they were accepted', async () => {
    await subscribe();
    answer = async (n) => {
      // Slow enough for those behind it to overtake it, if they could.
      if (n === 1) await new Promise((resolve) => setTimeout(resolve, 300));
      return delivered({ externalId: `M-${n}` });
    };
    await publish('created', 'INC-1');
    await publish('resolved', 'INC-1');
    await publish('created', 'INC-1');
    await all(3);
    expect(said).toEqual([
      { type: 'incident.created', key: 'INC-1', joins: null },
      { type: 'incident.resolved', key: 'INC-1', joins: 'M-1' },
      { type: 'incident.created', key: 'INC-1', joins: 'M-1' },
    ]);
  });

  it('of other keys, and of other subscriptions, are other threads', async () => {
    await subscribe();
    await subscribe();
    await publish('created', 'INC-2');
    await publish('created', 'INC-3');
    await all(4);
    expect(said.map(({ joins }) => joins)).toEqual([null, null, null, null]);
  });

  it('wait for a first that fails, and join it when it is through', async () => {
    await subscribe();
    answer = (n) => (n === 1 ? retry('busy') : delivered({ externalId: `M-${n}` }));
    await publish('created', 'INC-4');
    await publish('resolved', 'INC-4');
    await until('the first attempt', () => said.length > 0);
    await until('the retry to be planned', async () => {
      const [first] = await host.allDeliveries({ subscriptionId: mine[0], status: 'retrying' });
      return first !== undefined;
    });
    await moveTime({ databaseUrl: database.url, byMs: 10 * MINUTE_MS });
    await all(2);
    expect(said.map(({ type, joins }) => [type, joins])).toEqual([
      ['incident.created', null],
      ['incident.created', null],
      ['incident.resolved', 'M-2'],
    ]);
  });

  it('are opened by the next where the first came to nothing, and anew where they are gone', async () => {
    await subscribe();
    answer = (n) => {
      if (n === 1) return { kind: 'rejected', reason: 'no such room' };
      return delivered({ externalId: `M-${n}`, ...(n === 3 && { reopensThread: true }) });
    };
    await publish('created', 'INC-5');
    await publish('resolved', 'INC-5');
    await publish('resolved', 'INC-5');
    await publish('resolved', 'INC-5');
    await all(3);
    expect(said.map(({ joins }) => joins)).toEqual([null, null, 'M-2', 'M-3']);
  });

  it('show where each delivery can be looked at, and keep nothing of the payload', async () => {
    await subscribe();
    await publish('created', 'INC-6');
    await all(1);
    const [delivery] = await deliveriesOf();
    expect(delivery).toMatchObject({ externalId: 'M-1', externalUrl: 'https://chat.example/M-1' });
    const threads = await rowsOf('integration_threads');
    expect(threads).toHaveLength(1);
    expect(JSON.stringify([threads, await rowsOf('deliveries')])).not.toContain('INC-6');
  });

  it('are left out where the key is empty, and where there is none', async () => {
    await subscribe('{{ payload.title }}');
    await publish('created', 'INC-7');
    await all(1);
    await subscribe(null);
    await publish('created', 'INC-7');
    await all(3);
    expect(said.map(({ key }) => key)).toEqual([null, null, null]);
  });

  it('are gone with their subscription', async () => {
    const { id } = await subscribe();
    await publish('created', 'INC-8');
    await all(1);
    await host.subscriptions.remove(id, 'all');
    expect(await rowsOf('integration_threads')).toEqual([]);
    mine.pop();
  });

  it('are refused where they can’t be, each with what would be right', async () => {
    const create = (changes: object) =>
      host.subscriptions.create(
        {
          name: 'Chat',
          eventTypes: ['incident.*'],
          provider: 'chat',
          config: {},
          threadKey: '{{ payload.id }}',
          ...changes,
        },
        'all',
      );
    await expect(create({ threadKey: '{{ payload.incidentId }}' })).rejects.toThrow(/payload\.id/);
    await expect(create({ threadKey: '{{ event.id }}' })).rejects.toThrow(
      /payload\.… or event\.type/,
    );
    await expect(create({ threadKey: 'always' })).rejects.toThrow(/names nothing of the payload/);
    await expect(create({ threadKey: '{{ payload.id' })).rejects.toThrow(/threadKey/);
    await expect(create({ ordering: { key: 'id' } })).rejects.toThrow(/ordering\.key/);
    await expect(
      create({ provider: 'webhook', config: { url: 'https://example.com' } }),
    ).rejects.toThrow(/'webhook' has no threads/);
    const { id } = await subscribe();
    const patched = await host.subscriptions.update(id, { threadKey: null }, 'all');
    expect(patched).toMatchObject({ threadKey: null, ordering: null });
    expect(
      await host.subscriptions.update(id, { threadKey: '{{payload.id}}' }, 'all'),
    ).toMatchObject({ threadKey: '{{payload.id}}', ordering: {} });
  });
});
