import { Injectable, type INestApplication } from '@nestjs/common';
import { createIntegrationOpenApi } from '@nest-integrations/admin';
import {
  delivered,
  ErasureService,
  IntegrationEvent,
  IntegrationProvider,
  IntegrationPublisher,
  versioned,
  type DeliveryOutcome,
  type DeliveryProvider,
} from '@nest-integrations/core';
import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADMIN_BASE, adminCalls, startAdminHost, type AdminAnswer } from '../support/admin-host.js';
import { eventually } from '../support/eventually.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

@Injectable()
class Events {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }
}

@Injectable()
@IntegrationProvider({
  id: 'chat',
  displayName: 'Chat',
  config: versioned(1, z.strictObject({})),
  connection: versioned(1, z.strictObject({ key: z.string() })),
})
class ChatProvider implements DeliveryProvider {
  async deliver(): Promise<DeliveryOutcome> {
    return delivered();
  }
}

/** What the owner has of each kind. */
interface Ids {
  readonly subscription: string;
  readonly connection: string;
  readonly delivery: string;
  readonly event: string;
  readonly replay: string;
  readonly erasure: string;
}

type Call = readonly [path: string, body?: unknown];
/** What a stranger may get; anything else tells of what is not the stranger's. */
type Expected = 'not found' | 'refused' | 'nothing of it';
type Case = readonly [expected: Expected, call: (ids: Ids, own: Ids) => Call];

const OWNER = 'acme';
const STRANGER = 'globex';
const config = {};

/** By operation id. Those that know no tenants are marked `shared`, those with a test of their own `elsewhere`. */
const CASES: Readonly<Record<string, Case | 'shared' | 'elsewhere'>> = {
  openStream: 'elsewhere',
  endSignIn: 'elsewhere',
  previewRetries: 'shared',
  listEventTypes: ['nothing of it', () => ['/event-types']],
  getEventType: ['nothing of it', () => ['/event-types/ping']],
  listProviders: 'shared',
  getProvider: 'shared',
  getOpenApi: 'shared',
  listSecretKeys: 'shared',
  listWorkers: 'shared',
  getRetention: 'shared',
  listProviderOptions: [
    'refused',
    ({ connection }) => ['/providers/chat/options', { field: 'room', connectionId: connection }],
  ],
  listConnections: ['nothing of it', () => ['/connections']],
  createConnection: [
    'refused',
    () => ['/connections', { tenant: OWNER, name: 'Mine', provider: 'chat', config: { key: 'k' } }],
  ],
  testDraftConnection: [
    'not found',
    ({ connection }) => [
      '/connections/test',
      { connectionId: connection, provider: 'chat', config: {} },
    ],
  ],
  listConnectionSubscriptions: [
    'not found',
    ({ connection }) => [`/connections/${connection}/subscriptions`],
  ],
  getConnection: ['not found', ({ connection }) => [`/connections/${connection}`]],
  updateConnection: [
    'not found',
    ({ connection }) => [`/connections/${connection}`, { name: 'Mine' }],
  ],
  deleteConnection: ['not found', ({ connection }) => [`/connections/${connection}`]],
  testConnection: ['not found', ({ connection }) => [`/connections/${connection}/test`]],
  previewFilter: ['nothing of it', () => ['/subscriptions/filter-preview', { eventTypes: ['*'] }]],
  previewSubscription: [
    'not found',
    ({ subscription }) => ['/subscriptions/preview', { subscriptionId: subscription }],
  ],
  testDraft: [
    'not found',
    ({ subscription }) => ['/subscriptions/test', { subscriptionId: subscription }],
  ],
  previewTemplate: [
    'not found',
    ({ event }) => ['/templates/preview', { template: 'x', target: 'text', eventId: event }],
  ],
  authorizeConnection: [
    'not found',
    ({ connection }) => [`/connections/${connection}/authorize`, {}],
  ],
  getOverview: ['nothing of it', () => ['/overview']],
  listSubscriptionActivity: [
    'nothing of it',
    ({ subscription }) => [`/subscriptions/activity?ids=${subscription}`],
  ],
  getSubscriptionStatistics: [
    'not found',
    ({ subscription }) => [`/subscriptions/${subscription}/statistics`],
  ],
  listSubscriptions: ['nothing of it', () => ['/subscriptions?limit=200']],
  changeSubscriptions: [
    'nothing of it',
    ({ subscription }) => ['/subscriptions/bulk', { ids: [subscription], action: 'delete' }],
  ],
  createSubscription: [
    'refused',
    ({ connection }) => [
      '/subscriptions',
      { name: 'Mine', eventTypes: ['*'], provider: 'chat', connectionId: connection, config },
    ],
  ],
  getSubscription: ['not found', ({ subscription }) => [`/subscriptions/${subscription}`]],
  updateSubscription: [
    'not found',
    ({ subscription }) => [`/subscriptions/${subscription}`, { name: 'Mine' }],
  ],
  deleteSubscription: ['not found', ({ subscription }) => [`/subscriptions/${subscription}`]],
  enableSubscription: [
    'not found',
    ({ subscription }) => [`/subscriptions/${subscription}/enable`],
  ],
  disableSubscription: [
    'not found',
    ({ subscription }) => [`/subscriptions/${subscription}/disable`],
  ],
  rotateSigningSecret: [
    'not found',
    ({ subscription }) => [`/subscriptions/${subscription}/signing-secrets/rotate`, {}],
  ],
  revealSigningSecrets: [
    'not found',
    ({ subscription }) => [`/subscriptions/${subscription}/signing-secrets/reveal`],
  ],
  sendTestEvent: ['not found', ({ subscription }) => [`/subscriptions/${subscription}/test`, {}]],
  getSubscriptionHealth: [
    'not found',
    ({ subscription }) => [`/subscriptions/${subscription}/health`],
  ],
  getRecoverable: [
    'not found',
    ({ subscription }) => [`/subscriptions/${subscription}/recoverable`],
  ],
  recoverSubscription: [
    'not found',
    ({ subscription }) => [`/subscriptions/${subscription}/recover`, {}],
  ],
  listDeliveries: [
    'nothing of it',
    ({ delivery }) => [`/deliveries?limit=200&search=${delivery.slice(0, 8)}`],
  ],
  getDelivery: ['not found', ({ delivery }) => [`/deliveries/${delivery}`]],
  cancelDelivery: ['not found', ({ delivery }) => [`/deliveries/${delivery}/cancel`]],
  retryDelivery: ['not found', ({ delivery }) => [`/deliveries/${delivery}/retry-now`]],
  listEvents: ['nothing of it', ({ event }) => [`/events?limit=200&search=${event.slice(0, 8)}`]],
  getEvent: ['not found', ({ event }) => [`/events/${event}`]],
  replayDelivery: ['not found', ({ delivery }) => [`/deliveries/${delivery}/replay`]],
  startReplay: ['not found', ({ subscription }) => ['/replays', { subscriptionId: subscription }]],
  previewReplay: [
    'not found',
    ({ subscription }) => ['/replays/preview', { subscriptionId: subscription }],
  ],
  listReplays: ['nothing of it', () => ['/replays?limit=200']],
  getReplay: ['not found', ({ replay }) => [`/replays/${replay}`]],
  pauseReplay: ['not found', ({ replay }) => [`/replays/${replay}/pause`]],
  resumeReplay: ['not found', ({ replay }) => [`/replays/${replay}/resume`]],
  cancelReplay: ['not found', ({ replay }) => [`/replays/${replay}/cancel`]],
  replayEvent: [
    'not found',
    ({ event }, own) => [`/events/${event}/replay`, { subscriptionId: own.subscription }],
  ],
  eraseEventPayload: ['not found', ({ event }) => [`/events/${event}/payload`]],
  eraseTenant: ['not found', () => [`/tenants/${OWNER}/data`]],
  listErasures: ['nothing of it', () => ['/erasures?limit=200']],
  getErasure: ['not found', ({ erasure }) => [`/erasures/${erasure}`]],
  listAuditEntries: ['nothing of it', () => ['/audit-log?limit=200']],
};

describe('a tenant', () => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let app: INestApplication;
  let as: ReturnType<typeof adminCalls>;
  let owners: Ids;
  let strangers: Ids;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    app = await startAdminHost(database.url, [Events, ChatProvider]);
    as = adminCalls(app);
    owners = await furnish(OWNER);
    strangers = await furnish(STRANGER);
  });

  afterAll(async () => {
    await app?.close();
    await receiver?.stop();
    await database?.drop();
  });

  /** Something of every kind, an erasure that is over included. */
  async function furnish(tenant: string): Promise<Ids> {
    const ask = as(`${tenant}/ann`);
    await app.get(IntegrationPublisher).publish('ping', { n: 0 }, { tenant });
    const { id: erasure } = await app.get(ErasureService).eraseTenant(tenant, 'all');
    await eventually(async () => {
      const { state } = await app.get(ErasureService).get(erasure, 'all');
      return state === 'completed' ? true : undefined;
    });
    const make = async (path: string, body: unknown) => {
      const answer = await ask('POST', path, body);
      expect(answer.status, answer.text).toBeLessThan(300);
      return String(answer.body['id']);
    };
    const subscription = await make('/subscriptions', {
      name: `of ${tenant}`,
      eventTypes: ['*'],
      provider: 'webhook',
      config: { url: receiver.url },
    });
    const connection = await make('/connections', {
      name: `of ${tenant}`,
      provider: 'chat',
      config: { key: 'k' },
    });
    const { id: event } = await app.get(IntegrationPublisher).publish('ping', { n: 1 }, { tenant });
    const delivery = await eventually(async () => {
      const { body } = await ask('GET', '/deliveries?status=delivered');
      const [first] = z.array(z.object({ id: z.string() })).parse(body['items']);
      return first?.id;
    });
    const replay = await make('/replays', { subscriptionId: subscription });
    return { subscription, connection, delivery, event, replay, erasure };
  }

  const operations = () =>
    Object.entries(createIntegrationOpenApi(app).paths).flatMap(([, item]) =>
      (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
        const id = item[method]?.operationId;
        return id === undefined ? [] : [{ id, method: method.toUpperCase() }];
      }),
    );

  async function everything(): Promise<unknown> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      const { rows } = await client.query(
        `SELECT to_jsonb(s) AS row FROM integration.integration_subscriptions s WHERE tenant = $1
         UNION ALL SELECT to_jsonb(c) FROM integration.integration_connections c WHERE tenant = $1
         UNION ALL SELECT to_jsonb(e) FROM integration.integration_events e WHERE tenant = $1
         UNION ALL SELECT to_jsonb(d) FROM integration.deliveries d WHERE tenant = $1
         UNION ALL SELECT to_jsonb(r) FROM integration.integration_replays r WHERE tenant = $1
         UNION ALL SELECT to_jsonb(a) FROM integration.integration_audit_log a WHERE tenant = $1`,
        [OWNER],
      );
      return rows;
    } finally {
      await client.end();
    }
  }

  const tellsNothing = ({ text }: AdminAnswer, path: string) => {
    for (const id of Object.values(owners)) {
      if (!path.includes(id)) expect(text).not.toContain(id);
    }
    expect(text).not.toContain(`of ${OWNER}`);
  };

  it('has a case here for every route of the API', () => {
    expect(
      operations()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(Object.keys(CASES).sort());
  });

  it('can’t read, change or find out another’s by any route, and its own is as it was', async () => {
    await eventually(async () => {
      const { body } = await as(`${OWNER}/ann`)('GET', `/replays/${owners.replay}`);
      return body['state'] === 'completed' ? true : undefined;
    });
    await eventually(async () => {
      const { body } = await as(`${OWNER}/ann`)('GET', `/deliveries/${owners.delivery}`);
      return body['status'] === 'delivered' ? true : undefined;
    });
    const before = await everything();
    const ask = as(`${STRANGER}/sam`);
    for (const { id, method } of operations()) {
      const entry = CASES[id];
      if (entry === undefined || typeof entry === 'string') continue;
      const [expected, call] = entry;
      const [path, body] = call(owners, strangers);
      const answer = await ask(method, path, body);
      const what = `${id}: ${answer.status} ${answer.text}`;
      if (expected === 'not found') expect(answer.status, what).toBe(404);
      if (expected === 'refused') expect([403, 404, 422], what).toContain(answer.status);
      if (expected === 'nothing of it') expect(answer.status, what).toBe(200);
      tellsNothing(answer, path + JSON.stringify(body ?? ''));
    }
    expect(await everything()).toEqual(before);
  });

  it('gets for another’s thing word for word what it gets for a thing that is not there', async () => {
    const ask = as(`${STRANGER}/sam`);
    const unknown = '01900000-0000-7000-8000-000000000000';
    const nobodys: Ids = {
      subscription: unknown,
      connection: unknown,
      delivery: unknown,
      event: unknown,
      replay: unknown,
      erasure: unknown,
    };
    for (const { id, method } of operations()) {
      const entry = CASES[id];
      if (entry === undefined || typeof entry === 'string' || entry[0] !== 'not found') continue;
      if (id === 'eraseTenant') continue;
      const [[path, body], [nowhere, nothing]] = [
        entry[1](owners, strangers),
        entry[1](nobodys, strangers),
      ];
      const [theirs, nobody] = [await ask(method, path, body), await ask(method, nowhere, nothing)];
      const anonymous = ({ text }: AdminAnswer) =>
        text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
      expect(anonymous(theirs), id).toBe(anonymous(nobody));
    }
  });

  it('hears nothing of what another does, from the stream’s beginning or a place in it', async () => {
    const listen = async (headers: Record<string, string>) => {
      const response = await fetch(`${await app.getUrl()}${ADMIN_BASE}/stream`, {
        headers: { authorization: `Bearer ${STRANGER}/sam`, ...headers },
      });
      expect(response.status).toBe(200);
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      if (!reader) throw new Error('no stream');
      return reader;
    };
    const first = await listen({});
    const place = /id: (\S+)/.exec((await first.read()).value ?? '')?.[1] ?? '';
    await as(`${OWNER}/ann`)('PATCH', `/subscriptions/${owners.subscription}`, { name: 'Moved' });
    await as(`${STRANGER}/sam`)('PATCH', `/subscriptions/${strangers.subscription}`, {
      name: 'Moved too',
    });
    // The second change proves that the first has been passed over.
    for (const reader of [first, await listen({ 'last-event-id': place })]) {
      let heard = '';
      while (!heard.includes(strangers.subscription)) heard += (await reader.read()).value ?? '';
      expect(heard).not.toContain(owners.subscription);
      await reader.cancel();
    }
  });

  it('has all of its own', async () => {
    const ask = as(`${OWNER}/ann`);
    for (const [id, [, call]] of Object.entries(CASES).filter(
      (entry): entry is [string, Case] =>
        typeof entry[1] !== 'string' && /^(get|list)[A-Z]/.test(entry[0]),
    )) {
      if (id === 'listProviderOptions') continue;
      const answer = await ask('GET', call(owners, owners)[0]);
      expect(answer.status, `${id}: ${answer.text}`).toBe(200);
      expect(answer.text, id).not.toContain(strangers.subscription);
    }
  });
});
