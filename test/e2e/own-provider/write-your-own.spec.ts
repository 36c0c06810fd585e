import { readFile } from 'node:fs/promises';
import { ConnectionService, IntegrationEvent, OptionResolver } from '@nest-integrations/core';
import { describeProvider, Receiver, type Answer } from '@nest-integrations/testing';
import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Host } from '../../support/host.js';
import { freshDatabase, type FreshDatabase } from '../../support/postgres.js';
import { redisUrl } from '../../support/run-redis.js';
import { PagerProvider } from './pager.provider.js';
import { SignedInPagerProvider } from './signed-in-pager.provider.js';

const TOKEN = 'not-a-real-token';
const incident = z.object({ id: z.string() });

@Injectable()
class IncidentEvents {
  @IntegrationEvent({ hook: 'incident.created', displayName: 'Created', payload: incident })
  created(emitted: z.output<typeof incident>) {
    return emitted;
  }
}

function answerOf({ path, headers }: { path: string; headers: Record<string, string> }): Answer {
  if (headers['authorization'] !== `Bearer ${TOKEN}`) return { status: 401 };
  return path === '/teams'
    ? { body: '[{"id":"T-1","name":"Operations"}]' }
    : { status: 201, body: '{"id":"P-1"}' };
}

describe('the provider of docs/providers/write-your-own.md', () => {
  let database: FreshDatabase;
  let host: Host;
  let service: Receiver;

  beforeAll(async () => {
    database = await freshDatabase();
    service = await Receiver.start();
    service.answer(answerOf);
    host = await Host.start({
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: redisUrl(),
      redisPrefix: database.name,
      providers: [IncidentEvents, PagerProvider],
    });
  });

  afterAll(async () => {
    await host.stop();
    await service.stop();
    await database.drop();
  });

  it('is word for word what runs here, in 40 lines', async () => {
    const docs = new URL('../../../docs/providers/write-your-own.md', import.meta.url);
    const blocks = (await readFile(docs, 'utf8')).matchAll(/```ts\n(import [\s\S]*?)```/g);
    const codes = ['./pager.provider.ts', './signed-in-pager.provider.ts'].map((file) =>
      readFile(new URL(file, import.meta.url), 'utf8'),
    );
    expect([...blocks].map(([, block]) => block)).toEqual(await Promise.all(codes));
    expect((await codes[0])?.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });

  it('delivers in a real host, by a connection whose token is sealed', async () => {
    const { origin } = new URL(service.url);
    const { id: connectionId } = await host.app
      .get(ConnectionService)
      .create({ name: 'Pager', provider: 'pager', config: { url: origin, token: TOKEN } }, 'all');
    const options = await host.app
      .get(OptionResolver)
      .list({ provider: 'pager', field: 'team', connectionId }, 'all');
    expect(options.options).toEqual([{ value: 'T-1', label: 'Operations' }]);
    await host.subscriptions.create(
      {
        name: 'Page operations',
        eventTypes: ['incident.*'],
        provider: 'pager',
        connectionId,
        config: { team: 'T-1' },
      },
      'all',
    );
    await host.emitter.emitAsync('incident.created', { id: 'INC-1' });
    const [delivery] = await host.allDeliveries();
    const done = await host.deliveryWhen(
      delivery?.id ?? '',
      ({ status }) => status === 'delivered',
    );
    expect(done.externalId).toBe('P-1');
    expect(JSON.parse(service.requests.at(-1)?.body.toString() ?? '')).toEqual({
      team: 'T-1',
      text: 'incident.created',
      details: { id: 'INC-1' },
    });
  });
});

describeProvider(
  {
    name: 'pager',
    provider: () => new PagerProvider(),
    setups: {
      'with a token': (origin) => ({
        config: { team: 'T-1' },
        connection: { url: origin, token: TOKEN },
        secrets: ['connection.token'],
      }),
    },
    service: {
      start: () => answerOf,
      delivered: { externalId: /^P-1$/ },
      repeatKey: ({ headers }) => headers['idempotency-key'],
      options: { team: { options: [{ value: 'T-1', label: 'Operations' }] } },
    },
  },
  { describe, it },
);

describeProvider(
  {
    name: 'signed-in-pager',
    provider: () => new SignedInPagerProvider(),
    setups: {
      'as a client': (origin) => ({
        config: { team: 'T-1' },
        connection: { url: origin, id: 'us', password: 'not-a-real-password' },
        secrets: ['connection.password'],
      }),
    },
    service: {
      start: () => (request) =>
        request.path === '/token'
          ? { body: JSON.stringify({ access_token: TOKEN, token_type: 'bearer' }) }
          : answerOf(request),
      isDelivery: ({ path }) => path !== '/token',
      situations: { malformed: { outcome: 'delivered' } },
      repeatKey: ({ headers }) => headers['idempotency-key'],
    },
  },
  { describe, it },
);
