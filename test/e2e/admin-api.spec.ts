import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import {
  createIntegrationOpenApi,
  IntegrationAccessPolicy,
  IntegrationAdminModule,
  offlineIntegrationOpenApi,
  type AccessDecision,
  type DeliveryDetailsDto,
  type DeliveryPageDto,
  type IntegrationRight,
  type Problem,
  type ReplayDto,
  type SubscriptionDto,
  type SubscriptionPageDto,
} from '@nest-integrations/admin';
import { newId, secret, ui } from '@nest-integrations/common';
import {
  fromResponse,
  IntegrationEvent,
  IntegrationModule,
  IntegrationProvider,
  IntegrationPublisher,
  versioned,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
} from '@nest-integrations/core';
import request, { type Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

const BASE = '/admin/integrations';
const PROBLEM = 'application/problem+json';

const incident = z.object({ title: z.string(), severity: z.enum(['low', 'high']) });

@Injectable()
class IncidentEvents {
  @IntegrationEvent({
    hook: 'incident.created',
    displayName: 'Incident created',
    category: 'Incidents',
    payload: incident,
    example: { title: 'Checkout is down', severity: 'high' },
  })
  created(emitted: z.output<typeof incident>) {
    return emitted;
  }
}

const probeConfig = z.strictObject({
  url: ui(z.url(), { destination: 'url' }),
  token: secret(z.string().min(8)).optional(),
});
type ProbeConfig = z.output<typeof probeConfig>;

@Injectable()
@IntegrationProvider({
  id: 'probe',
  displayName: 'Probe',
  config: versioned(1, probeConfig),
  signing: 'standard-webhooks',
  documentation: { setupGuide: 'Give it a URL.' },
})
class ProbeProvider implements DeliveryProvider<ProbeConfig> {
  async deliver({ http, config, event }: DeliveryContext<ProbeConfig>): Promise<DeliveryOutcome> {
    const headers: Record<string, string> = config.token
      ? { authorization: `Bearer ${config.token}` }
      : {};
    return fromResponse(await http.post(config.url, { json: { id: event.id }, headers }));
  }
}

/** `x-tenant` names the tenant (`*`: all), `x-right: read` takes the right to manage away. */
@Injectable()
class HeaderPolicy extends IntegrationAccessPolicy {
  override check(
    { headers }: { headers: Record<string, string | undefined> },
    right: IntegrationRight,
  ): AccessDecision {
    const tenant = headers['x-tenant'];
    if (!tenant) return { allowed: false, status: 401 };
    if (right === 'integration.manage' && headers['x-right'] === 'read') return { allowed: false };
    return { allowed: true, scope: tenant === '*' ? 'all' : { tenant }, actor: 'tester' };
  }
}

async function startHost(databaseUrl: string, admin: DynamicModule): Promise<INestApplication> {
  @Module({
    imports: [
      EventEmitterModule.forRoot(),
      IntegrationModule.forRoot({
        database: { url: databaseUrl, migrations: 'run' },
        queue: { driver: 'postgres', pollIntervalMs: 200 },
        secrets: { keys: [{ id: 'k', key: randomBytes(32).toString('base64') }] },
        http: { allow: ['127.0.0.0/8'] },
      }),
      admin,
    ],
    providers: [IncidentEvents, ProbeProvider],
  })
  class HostModule {}

  const app = await NestFactory.create(HostModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

interface Route {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** As the document has it: `/admin/integrations/subscriptions/{id}`. */
  readonly path: string;
}

function routesOf(app: INestApplication): Route[] {
  return Object.entries(createIntegrationOpenApi(app).paths).flatMap(([path, item]) =>
    (['get', 'post', 'patch', 'delete'] as const)
      .filter((method) => item[method])
      .map((method) => ({ method, path })),
  );
}

/** Routes that post what they ask for, and one that a browser is sent to for something to be done. */
const EXCEPTIONS: ReadonlySet<string> = new Set([
  '/subscriptions/filter-preview',
  '/subscriptions/retry-preview',
  '/templates/preview',
  '/connections/oauth/callback',
]);

/** What the HTTP server itself has been given, below a path. */
function mountedRoutes(app: INestApplication, below: string): string[] {
  const { stack } = app.getHttpAdapter().getInstance().router as {
    stack: { route?: { path: string; methods: Record<string, boolean> } }[];
  };
  return stack.flatMap(({ route }) =>
    route?.path.startsWith(below)
      ? Object.keys(route.methods).map((method) => `${method} ${route.path}`)
      : [],
  );
}

/** A cursor of the right form with one part that no page would give. */
function forgedCursor(part: object): string {
  const cursor = { sort: 'createdAt', value: '1', id: newId(), ...part };
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

describe('the admin API', () => {
  let database: FreshDatabase;
  let receiver: Server;
  let receiverUrl: string;
  let answerStatus = 200;
  let app: INestApplication;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = createServer((incoming, response) => {
      incoming.resume().on('end', () => response.writeHead(answerStatus).end('thanks'));
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    app = await startHost(database.url, IntegrationAdminModule.forRoot({ access: HeaderPolicy }));
  });

  afterAll(async () => {
    await app?.close();
    receiver?.closeAllConnections();
    receiver?.close();
    await database?.drop();
  });

  interface Call {
    readonly tenant?: string;
    readonly right?: 'read';
    readonly body?: unknown;
  }

  function call(
    method: Route['method'],
    path: string,
    { tenant = 'acme', right, body }: Call = {},
  ): request.Test {
    const sent = request(app.getHttpServer())[method](`${BASE}${path}`).set('x-tenant', tenant);
    if (right) void sent.set('x-right', right);
    return body === undefined ? sent : sent.send(body as object);
  }

  const input = (changes: object = {}) => ({
    name: 'On-call',
    eventTypes: ['incident.*'],
    provider: 'probe',
    config: { url: receiverUrl },
    ...changes,
  });

  async function create(changes: object = {}, tenant = 'acme'): Promise<SubscriptionDto> {
    const answer = await call('post', '/subscriptions', { tenant, body: input(changes) });
    expect(answer.status, answer.text).toBe(201);
    return answer.body;
  }

  async function countSubscriptions(): Promise<number> {
    const page: SubscriptionPageDto = (await call('get', '/subscriptions', { tenant: '*' })).body;
    return page.total;
  }

  async function publish(tenant: string): Promise<string> {
    const event = { title: 'Checkout is down', severity: 'high' };
    return (await app.get(IntegrationPublisher).publish('incident.created', event, { tenant })).id;
  }

  /** Resolves once the event's only delivery has the status; asks again until then. */
  async function deliveryOf(eventId: string, status: string): Promise<DeliveryDetailsDto> {
    const giveUpAt = performance.now() + 10_000;
    for (;;) {
      const list = await call('get', `/deliveries?eventId=${eventId}&status=${status}`, {
        tenant: '*',
      });
      const [found] = (list.body as DeliveryPageDto).items;
      if (found) return (await call('get', `/deliveries/${found.id}`, { tenant: '*' })).body;
      if (performance.now() > giveUpAt) throw new Error(`event ${eventId} was never ${status}`);
    }
  }

  function expectProblem(answer: Response, status: number): Problem {
    expect(answer.status, answer.text).toBe(status);
    expect(answer.type).toBe(PROBLEM);
    const problem: Problem = answer.body;
    expect(problem.status).toBe(status);
    return problem;
  }

  describe('access', () => {
    it('is closed on every route, with the remedy, where the host names no policy', async () => {
      // A second app in this process, with its own path and its own access.
      const closed = await startHost(
        database.url,
        IntegrationAdminModule.forRoot({ path: 'closed' }),
      );
      try {
        const routes = routesOf(closed);
        expect(routes.length).toBeGreaterThan(15);
        for (const { method, path } of routes) {
          const url = path.replace('{id}', newId());
          const problem = expectProblem(await request(closed.getHttpServer())[method](url), 403);
          expect(problem.detail).toContain('pass `access` to IntegrationAdminModule.forRoot');
        }
        expect((await call('get', '/event-types')).status).toBe(200);
      } finally {
        await closed.close();
      }
    });

    it('asks who is calling, and refuses to manage without the right', async () => {
      expectProblem(await request(app.getHttpServer()).get(`${BASE}/event-types`), 401);
      for (const { method, path } of routesOf(app)) {
        const url = path.replace(BASE, '').replace('{id}', newId());
        // Without an end: it has tests of its own.
        if (url === '/stream') continue;
        const answer = await call(method, url, { right: 'read' });
        const isReading = (method === 'get') !== EXCEPTIONS.has(url);
        if (isReading) expect([200, 400, 404, 415, 422], url).toContain(answer.status);
        else expect(answer.status, url).toBe(403);
      }
    });

    it('takes a policy from a factory', async () => {
      const made = await startHost(
        database.url,
        IntegrationAdminModule.forRootAsync({
          path: '/made',
          useFactory: () => new HeaderPolicy(),
        }),
      );
      try {
        const answer = await request(made.getHttpServer())
          .get('/made/event-types')
          .set('x-tenant', '*');
        expect(answer.status).toBe(200);
      } finally {
        await made.close();
      }
    });

    it('hides what belongs to another tenant, on every route that names an id', async () => {
      const { id } = await create({ name: 'Globex only' }, 'globex');
      const { id: deliveryId } = await deliveryOf(await publish('globex'), 'delivered');
      const owned = routesOf(app).filter(({ path }) =>
        /(subscriptions|deliveries)\/\{id\}/.test(path),
      );
      expect(owned.length).toBeGreaterThan(9);
      for (const { method, path } of owned) {
        const url = path
          .replace(BASE, '')
          .replace('{id}', path.includes('deliv') ? deliveryId : id);
        const body = method === 'patch' ? { name: 'mine now' } : undefined;
        expectProblem(await call(method, url, { tenant: 'acme', body }), 404);
      }
      expect((await call('get', '/subscriptions?search=Globex')).body.total).toBe(0);
      const deliveries = await call('get', `/deliveries?subscriptionId=${id}`);
      expect(deliveries.body.items).toEqual([]);
      const kept = await call('get', `/subscriptions/${id}`, { tenant: 'globex' });
      expect(kept.body).toMatchObject({ name: 'Globex only', enabled: true });
    });
  });

  describe('catalogue', () => {
    it('shows event types with schema, properties and example', async () => {
      const all = await call('get', '/event-types');
      // Beside the app's own there are the system's operational events.
      expect(all.body.items.map(({ id }: { id: string }) => id).toSorted()).toEqual([
        'incident.created',
        'integration.delivery.failed',
        'integration.subscription.disabled',
        'integration.subscription.failing',
        'integration.subscription.recovered',
      ]);
      const one = await call('get', '/event-types/incident.created');
      expect(all.body.items).toContainEqual(one.body);
      expect(one.body).toMatchObject({
        id: 'incident.created',
        category: 'Incidents',
        payloadSchema: { type: 'object' },
        example: { title: 'Checkout is down' },
        declaredBy: expect.stringMatching(/^\w+\.\w+$/),
      });
      expect(one.body.properties).toContainEqual({
        path: 'payload.title',
        type: 'string',
        description: null,
        optional: false,
      });
    });

    it('counts who listens to an event type, once each, enabled and of the caller’s tenant', async () => {
      const tenant = 'listening';
      const listeners = async () =>
        (await call('get', '/event-types/incident.created', { tenant })).body.listeners;
      await create({ eventTypes: ['incident.created', 'incident.*'] }, tenant);
      await create({ eventTypes: ['*'] }, tenant);
      await create({ eventTypes: ['integration.*'] }, tenant);
      await create({ enabled: false }, tenant);
      await create({}, 'another');
      expect(await listeners()).toBe(2);
      const { items } = (await call('get', '/event-types', { tenant })).body;
      expect(items).toContainEqual(
        expect.objectContaining({ id: 'incident.created', listeners: 2 }),
      );
      expect(items).toContainEqual(
        expect.objectContaining({ id: 'integration.delivery.failed', listeners: 1 }),
      );
    });

    it('shows providers with their config’s schema and hints', async () => {
      const one = await call('get', '/providers/probe');
      expect(one.body).toEqual((await call('get', '/providers')).body.items[0]);
      expect(one.body).toMatchObject({
        id: 'probe',
        signing: 'standard-webhooks',
        configSchema: { properties: { token: { 'x-secret': true } } },
        documentation: { setupGuide: 'Give it a URL.' },
      });
      expect(one.body).not.toHaveProperty('instance');
    });

    it('answers 404 for what is not there', async () => {
      expectProblem(await call('get', '/event-types/no.such'), 404);
      expectProblem(await call('get', '/providers/nosuch'), 404);
    });
  });

  describe('subscriptions', () => {
    it('are made, read, changed, stopped, started and deleted', async () => {
      const made = await create({ filter: { severity: 'high' }, retryPolicy: 'short' });
      expect(made).toMatchObject({
        tenant: 'acme',
        enabled: true,
        config: { url: receiverUrl },
        filter: { severity: 'high' },
        signingSecrets: [{ kind: 'hmac', expiresAt: null }],
      });
      expect(new Date(made.createdAt).toISOString()).toBe(made.createdAt);
      expect((await call('get', `/subscriptions/${made.id}`)).body).toEqual(made);

      const changes = { name: 'Renamed', description: 'why', filter: null };
      const changed = await call('patch', `/subscriptions/${made.id}`, { body: changes });
      expect(changed.body).toMatchObject({ ...changes, retryPolicy: 'short' });

      const stopped = await call('post', `/subscriptions/${made.id}/disable`, {
        body: { reason: 'moving' },
      });
      expect(stopped.body).toMatchObject({ enabled: false, disabledReason: 'moving' });
      const started = await call('post', `/subscriptions/${made.id}/enable`);
      expect(started.body).toMatchObject({ enabled: true, disabledReason: null, disabledAt: null });

      expect((await call('delete', `/subscriptions/${made.id}`)).status).toBe(204);
      expectProblem(await call('get', `/subscriptions/${made.id}`), 404);
    });

    it('never answer a secret, not even to the request that sets it', async () => {
      const [token, signingSecret] = [
        's3cr3t-token',
        `whsec_${randomBytes(24).toString('base64')}`,
      ];
      const config = { url: receiverUrl, token };
      const made = await call('post', '/subscriptions', { body: input({ config, signingSecret }) });
      const { id }: SubscriptionDto = made.body;
      const answers = [
        made,
        await call('get', `/subscriptions/${id}`),
        await call('get', '/subscriptions'),
        await call('patch', `/subscriptions/${id}`, { body: { config } }),
        await call('post', `/subscriptions/${id}/disable`),
        await call('post', `/subscriptions/${id}/test`),
        await call('post', `/subscriptions/${id}/signing-secrets/rotate`),
        await call('patch', `/subscriptions/${id}`, { body: { config: { url: 'no', token } } }),
        await call('post', '/subscriptions', { body: input({ config, signingSecret, name: '' }) }),
      ];
      for (const { text } of answers) {
        expect(text).not.toContain(token);
        expect(text).not.toContain(signingSecret);
      }
      expect(made.body.configSecrets).toEqual(['token']);
      const revealed = await call('post', `/subscriptions/${id}/signing-secrets/reveal`);
      expect(revealed.headers['cache-control']).toBe('no-store');
      expect(revealed.body.items).toHaveLength(2);
      expect(revealed.text).toContain(signingSecret);
    });

    it('keep a config’s secret that a change leaves out, and clear one given as null', async () => {
      const { id } = await create({ config: { url: receiverUrl, token: 's3cr3t-token' } });
      const url = `${receiverUrl}?v=2`;
      const kept = await call('patch', `/subscriptions/${id}`, { body: { config: { url } } });
      expect(kept.body).toMatchObject({ config: { url }, configSecrets: ['token'] });
      const elsewhere = { config: { url: 'https://elsewhere.example/' } };
      const moved = await call('patch', `/subscriptions/${id}`, { body: elsewhere });
      expect(moved.status).toBe(422);
      expect(moved.body).toMatchObject({ errors: [{ field: 'config.token' }] });
      const body = { config: { url, token: null } };
      const cleared = await call('patch', `/subscriptions/${id}`, { body });
      expect(cleared.body.configSecrets).toEqual([]);
    });

    it('are tried out: what was sent, what came back, how long it took', async () => {
      const { id } = await create({ config: { url: receiverUrl, token: 's3cr3t-token' } });
      const tried = await call('post', `/subscriptions/${id}/test`, {
        body: { eventType: 'incident.created', payload: { title: 'Try', severity: 'low' } },
      });
      expect(tried.status, tried.text).toBe(200);
      expect(tried.body).toMatchObject({
        outcome: 'delivered',
        request: { method: 'POST', url: receiverUrl },
        response: { status: 200, body: 'thanks' },
      });
      expect(tried.body.latencyMs).toBeGreaterThan(0);
    });

    it('are listed in pages that neither repeat nor leave out', async () => {
      const tenant = 'paging';
      for (const name of ['e', 'b', 'd', 'a', 'c']) await create({ name }, tenant);
      const names: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query: string = `sort=name&order=asc&limit=2${cursor && `&cursor=${cursor}`}`;
        const answer = await call('get', `/subscriptions?${query}`, { tenant });
        const page: SubscriptionPageDto = answer.body;
        expect(page.total).toBe(5);
        expect(page.items.length).toBeLessThanOrEqual(2);
        names.push(...page.items.map((item) => item.name));
        cursor = page.nextCursor;
      }
      expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
      const none = await call('get', '/subscriptions?enabled=false', { tenant });
      expect(none.body).toMatchObject({ items: [], total: 0, nextCursor: null });
    });
  });

  describe('deliveries', () => {
    it('show the event, every attempt and the state, and are sent again', async () => {
      const { id: subscriptionId } = await create({}, 'replays');
      const eventId = await publish('replays');
      const first = await deliveryOf(eventId, 'delivered');
      expect(first).toMatchObject({
        subscriptionId,
        eventType: 'incident.created',
        attempts: 1,
        event: { id: eventId, payload: { title: 'Checkout is down', severity: 'high' } },
        log: [{ attempt: 1, outcome: 'delivered', response: { status: 200, body: 'thanks' } }],
      });

      const replayed = await call('post', `/deliveries/${first.id}/replay`, { tenant: 'replays' });
      expect(replayed.status).toBe(202);
      expect(replayed.body).toMatchObject({ id: first.id, isReplay: true });
      const again = await deliveryOf(eventId, 'delivered');
      expect(again.log.map((attempt) => attempt.isReplay)).toEqual([false, true]);
    });

    it('are not sent again while they are under way', async () => {
      await create({ retryPolicy: 'short' }, 'busy');
      answerStatus = 503;
      try {
        const delivery = await deliveryOf(await publish('busy'), 'retrying');
        expect(delivery).toMatchObject({ lastStatus: 503, finishedAt: null });
        const answer = await call('post', `/deliveries/${delivery.id}/replay`, { tenant: 'busy' });
        expect(expectProblem(answer, 409).detail).toContain('retrying');
      } finally {
        answerStatus = 200;
      }
    });

    it('are listed newest first in pages, within a span of time', async () => {
      const tenant = 'history';
      await create({}, tenant);
      const events: string[] = [];
      for (let i = 0; i < 5; i++) events.push(await publish(tenant));
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query: string = `limit=2${cursor && `&cursor=${cursor}`}`;
        const page: DeliveryPageDto = (await call('get', `/deliveries?${query}`, { tenant })).body;
        seen.push(...page.items.map((item) => item.eventId));
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(events.toReversed());
      const past = await call('get', '/deliveries?to=2020-01-01', { tenant });
      expect(past.body).toEqual({ items: [], nextCursor: null });
    });
  });

  describe('replays', () => {
    it('are previewed, started, read, listed, paused, resumed and cancelled', async () => {
      const tenant = 'bulk';
      const { id: subscriptionId } = await create({}, tenant);
      for (let i = 0; i < 3; i++) await deliveryOf(await publish(tenant), 'delivered');
      const body = { subscriptionId, status: 'delivered' };
      const preview = await call('post', '/replays/preview', { tenant, body });
      expect(preview.body).toEqual({ deliveries: 3 });

      const started = await call('post', '/replays', { tenant, body: { ...body, perSecond: 1 } });
      expect(started.status).toBe(202);
      expect(started.body).toMatchObject({
        kind: 'replay',
        tenant,
        state: 'running',
        total: 3,
        perSecond: 1,
        selection: { subscriptionId, status: 'delivered', eventType: null, from: null, to: null },
      });
      const { id } = started.body as ReplayDto;
      expect((await call('get', `/replays/${id}`, { tenant })).body).toMatchObject({ id });
      expect((await call('get', '/replays', { tenant })).body.items).toMatchObject([{ id }]);
      const act = async (action: string) =>
        (await call('post', `/replays/${id}/${action}`, { tenant })).body.state;
      expect(await act('pause')).toBe('paused');
      expect(await act('resume')).toBe('running');
      expect(await act('cancel')).toBe('cancelled');
      expectProblem(await call('post', `/replays/${id}/resume`, { tenant }), 409);
    });

    it('are one tenant’s own', async () => {
      await create({}, 'globex');
      const started = await call('post', '/replays', {
        tenant: 'globex',
        body: { status: 'failed' },
      });
      const { id } = started.body as ReplayDto;
      for (const { method, path } of routesOf(app).filter((route) =>
        route.path.includes('/replays/{id}'),
      )) {
        const url = path.replace(BASE, '').replace('{id}', id);
        expectProblem(await call(method, url, { tenant: 'acme' }), 404);
      }
      expect((await call('get', '/replays', { tenant: 'acme' })).body.items).toEqual([]);
    });

    it('need at least one condition', async () => {
      expectProblem(await call('post', '/replays', { body: {} }), 422);
      expectProblem(
        await call('post', '/replays', { body: { perSecond: 0, status: 'failed' } }),
        400,
      );
    });

    it('send one event to a subscription that was not there then', async () => {
      const tenant = 'late';
      const eventId = await publish(tenant);
      const { id: subscriptionId } = await create({}, tenant);
      const answer = await call('post', `/events/${eventId}/replay`, {
        tenant,
        body: { subscriptionId },
      });
      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ eventId, subscriptionId, isReplay: true });
      await deliveryOf(eventId, 'delivered');
      const other = await call('post', `/events/${eventId}/replay`, {
        tenant: 'acme',
        body: { subscriptionId },
      });
      expectProblem(other, 404);
    });

    it('are offered when a subscription is enabled again', async () => {
      const tenant = 'back';
      const { id } = await create({}, tenant);
      await call('post', `/subscriptions/${id}/disable`, { tenant });
      const eventId = await publish(tenant);
      expect((await call('get', `/subscriptions/${id}/health`, { tenant })).body).toMatchObject({
        status: 'disabled',
        failures: 0,
      });
      const enabled = await call('post', `/subscriptions/${id}/enable`, { tenant });
      expect(enabled.body).toMatchObject({
        id,
        enabled: true,
        recoverable: { deliveries: 0, events: 1, eventsAreUpperBound: false },
      });
      expect((await call('get', `/subscriptions/${id}/recoverable`, { tenant })).body).toEqual(
        enabled.body.recoverable,
      );
      const recovery = await call('post', `/subscriptions/${id}/recover`, { tenant });
      expect(recovery.status).toBe(202);
      expect(recovery.body).toMatchObject({ kind: 'recovery', total: 1 });
      await deliveryOf(eventId, 'delivered');
    });
  });

  describe('bad input', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`) as object;

    it.each<[string, object, string]>([
      ['an unknown provider', { provider: 'nosuch' }, 'provider'],
      ['a config that fails its schema', { config: { url: 'not a url' } }, 'config.url'],
      [
        'an unknown field of a config',
        { config: { url: 'http://x.io', colour: 1 } },
        'config.colour',
      ],
      ['a config that is none', { config: 'http://x.io' }, 'config'],
      ['a config nested too deep', { config: deep }, 'config'],
      ['an event type that nobody declares', { eventTypes: ['no.such'] }, 'eventTypes'],
      ['no event type', { eventTypes: [] }, 'eventTypes'],
      ['a filter on a field that is not there', { filter: { nosuch: 1 } }, 'filter'],
      ['a filter that runs code', { filter: { $where: 'true' } }, 'filter'],
      ['an unknown operator', { filter: { severity: { $nosuch: 1 } } }, 'filter'],
      ['a filter that is none', { filter: [] }, 'filter'],
      ['a retry preset that is none', { retryPolicy: 'often' }, 'retryPolicy'],
      ['a negative wait', { retryPolicy: { delaysSeconds: [-1] } }, 'retryPolicy'],
      ['a wait of a year', { retryPolicy: { delaysSeconds: [31_536_000] } }, 'retryPolicy'],
      ['51 retries', { retryPolicy: { delaysSeconds: Array(51).fill(1) } }, 'retryPolicy'],
      ['waits that are no numbers', { retryPolicy: { delaysSeconds: ['5m'] } }, 'retryPolicy'],
      ['a retry policy that is none', { retryPolicy: 7 }, 'retryPolicy'],
      ['an impossible time limit', { timeoutMs: 1 }, 'timeoutMs'],
      ['an empty name', { name: '' }, 'name'],
      ['a name that Postgres can’t store', { name: 'a\0b' }, 'name'],
      ['another tenant', { tenant: 'globex' }, 'tenant'],
      ['a signing secret that is none', { signingSecret: 'hunter2' }, 'signingSecret'],
      ['a field that is none', { colour: 'red' }, 'colour'],
    ])('refuses %s, names the field, writes nothing', async (_, changes, field) => {
      const before = await countSubscriptions();
      const answer = await call('post', '/subscriptions', { body: input(changes) });
      expect([400, 422]).toContain(answer.status);
      const problem = expectProblem(answer, answer.status);
      expect(problem.errors.map((error) => error.field.slice(0, field.length))).toContain(field);
      expect(problem.errors.every((error) => error.message.length > 0)).toBe(true);
      expect(await countSubscriptions()).toBe(before);
    });

    it('leaves a subscription as it was where a change is refused', async () => {
      const made = await create();
      const body = { name: 'Changed', filter: { nosuch: 1 } };
      expectProblem(await call('patch', `/subscriptions/${made.id}`, { body }), 422);
      expect((await call('get', `/subscriptions/${made.id}`)).body).toEqual(made);
    });

    it('refuses ids that are no UUID, on every route that takes one', async () => {
      for (const { method, path } of routesOf(app)) {
        if (!/(subscriptions|deliveries|replays)\/\{id\}/.test(path)) continue;
        const answer = await call(method, path.replace(BASE, '').replace('{id}', '42'));
        expect(expectProblem(answer, 400).errors).toMatchObject([{ field: 'id' }]);
      }
    });

    it.each([
      ['/subscriptions?limit=0', 'limit'],
      ['/subscriptions?sort=colour', 'sort'],
      ['/subscriptions?enabled=maybe', 'enabled'],
      ['/subscriptions?cursor=nonsense', 'cursor'],
      [`/subscriptions?cursor=${forgedCursor({ value: 'x' })}`, 'cursor'],
      [`/subscriptions?cursor=${forgedCursor({ id: '-'.repeat(36) })}`, 'cursor'],
      ['/subscriptions?search=%00', 'search'],
      ['/subscriptions?colour=red', 'colour'],
      ['/deliveries?limit=201', 'limit'],
      ['/deliveries?status=sleeping', 'status'],
      ['/deliveries?subscriptionId=42', 'subscriptionId'],
      ['/deliveries?from=yesterday', 'from'],
      ['/deliveries?from=2026-02-01&to=2026-01-01', 'to'],
      ['/deliveries?cursor=nonsense', 'cursor'],
      ['/deliveries?eventType=a&eventType=b', 'eventType'],
    ])('refuses %s', async (path, field) => {
      const answer = await call('get', path);
      expect([400, 422]).toContain(answer.status);
      expect(expectProblem(answer, answer.status).errors).toMatchObject([{ field }]);
    });

    it('refuses malformed JSON and a body over 1 MiB, and takes one below', async () => {
      const post = (body: string) =>
        call('post', '/subscriptions').set('Content-Type', 'application/json').send(body);
      expectProblem(await post('{"name": '), 400);
      expectProblem(await post(JSON.stringify(input({ name: 'x'.repeat(1_048_576) }))), 413);
      const large = expectProblem(
        await post(JSON.stringify(input({ name: 'x'.repeat(900_000) }))),
        400,
      );
      expect(large.errors).toMatchObject([{ field: 'name' }]);
    });

    it.each<[string, object, number, string]>([
      ['an unknown event type', { eventType: 'no.such' }, 422, 'eventType'],
      [
        'a payload that does not fit',
        { payload: { title: 7, severity: 'low' } },
        422,
        'payload.title',
      ],
      [
        'a payload over 256 KiB',
        { payload: { title: 'x'.repeat(300_000), severity: 'low' } },
        413,
        'payload',
      ],
    ])('refuses a test with %s', async (_, body, status, field) => {
      const { id } = await create();
      const answer = await call('post', `/subscriptions/${id}/test`, { body });
      expect(expectProblem(answer, status).errors).toMatchObject([{ field }]);
    });

    it('refuses an impossible rotation', async () => {
      const { id } = await create();
      const path = `/subscriptions/${id}/signing-secrets/rotate`;
      for (const body of [{ overlapSeconds: -1 }, { kind: 'rsa' }]) {
        const [field] = Object.keys(body);
        expect(expectProblem(await call('post', path, { body }), 400).errors).toMatchObject([
          { field },
        ]);
      }
    });
  });

  describe('several subscriptions at once', () => {
    const change = (ids: readonly string[], action: string, tenant = 'bulk') =>
      call('post', '/subscriptions/bulk', { tenant, body: { ids, action } });

    it('are changed each by itself, each with its entry in the audit log', async () => {
      const [first, second] = [await create({}, 'bulk'), await create({}, 'bulk')];
      const foreign = await create({}, 'globex');
      const answer = await change([first.id, foreign.id, second.id], 'disable');
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body.items).toEqual([
        { id: first.id, ok: true, problem: null },
        { id: foreign.id, ok: false, problem: expect.stringContaining(foreign.id) },
        { id: second.id, ok: true, problem: null },
      ]);
      for (const { id } of [first, second]) {
        const entries = await call(
          'get',
          `/audit-log?subjectId=${id}&operation=changeSubscriptions`,
          {
            tenant: 'bulk',
          },
        );
        expect(entries.body.items).toMatchObject([
          { actor: 'tester', before: { enabled: true }, after: { enabled: false } },
        ]);
      }
      const untouched = await call('get', `/subscriptions/${foreign.id}`, { tenant: 'globex' });
      expect(untouched.body.enabled).toBe(true);
      await change([first.id, second.id], 'delete');
      expectProblem(await call('get', `/subscriptions/${second.id}`, { tenant: 'bulk' }), 404);
    });

    it('keep the reason of those that were disabled already', async () => {
      const { id } = await create({}, 'bulk');
      const path = `/subscriptions/${id}`;
      await call('post', `${path}/disable`, { tenant: 'bulk', body: { reason: 'It moves' } });
      await change([id], 'disable');
      const { body } = await call('get', path, { tenant: 'bulk' });
      expect(body.disabledReason).toBe('It moves');
    });

    it.each([
      { ids: [], action: 'disable' },
      { ids: [newId()], action: 'pause' },
      { ids: ['x'], action: 'enable' },
      { ids: Array.from({ length: 201 }, () => newId()), action: 'enable' },
    ])('are named by 1 to 200 ids, with an action there is', async ({ ids, action }) => {
      expectProblem(await change(ids, action), 400);
    });
  });

  describe('its OpenAPI document', () => {
    it('is served, and is the one that the functions give', async () => {
      const served = await call('get', '/openapi.json');
      expect(served.status).toBe(200);
      const asJson = (document: unknown): unknown => JSON.parse(JSON.stringify(document));
      expect(served.body).toEqual(asJson(createIntegrationOpenApi(app)));
      expect(served.body).toEqual(asJson(await offlineIntegrationOpenApi()));
    });

    it('names exactly the routes that the server has', () => {
      const described = routesOf(app).map(
        ({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      );
      // The pages are no part of the API.
      const mounted = mountedRoutes(app, BASE).filter(
        (route) => route !== `get ${BASE}` && !route.startsWith(`get ${BASE}/ui`),
      );
      expect(described.toSorted()).toEqual(mounted.toSorted());
    });

    it('gives each operation a stable id and its problems', () => {
      const operations = Object.values(createIntegrationOpenApi(app).paths).flatMap((item) =>
        [item.get, item.post, item.patch, item.delete].filter(
          (operation) => operation !== undefined,
        ),
      );
      const ids = operations.map((operation) => operation.operationId);
      expect(ids).toHaveLength(new Set(ids).size);
      expect(new Set(ids)).toEqual(
        new Set([
          'cancelReplay',
          'changeSubscriptions',
          'createConnection',
          'createSubscription',
          'deleteConnection',
          'deleteSubscription',
          'disableSubscription',
          'enableSubscription',
          'getConnection',
          'eraseEventPayload',
          'eraseTenant',
          'getDelivery',
          'getErasure',
          'getEventType',
          'getOpenApi',
          'getProvider',
          'getRecoverable',
          'getReplay',
          'getSubscription',
          'getSubscriptionHealth',
          'listConnections',
          'listAuditEntries',
          'listDeliveries',
          'listErasures',
          'listEventTypes',
          'listProviderOptions',
          'listProviders',
          'listReplays',
          'listSecretKeys',
          'listWorkers',
          'getRetention',
          'listSubscriptions',
          'pauseReplay',
          'previewReplay',
          'recoverSubscription',
          'replayDelivery',
          'replayEvent',
          'resumeReplay',
          'revealSigningSecrets',
          'rotateSigningSecret',
          'sendTestEvent',
          'startReplay',
          'testConnection',
          'testDraftConnection',
          'updateConnection',
          'updateSubscription',
          'authorizeConnection',
          'cancelDelivery',
          'endSignIn',
          'getEvent',
          'getOverview',
          'getSubscriptionStatistics',
          'listConnectionSubscriptions',
          'listEvents',
          'listSubscriptionActivity',
          'openStream',
          'previewFilter',
          'previewRetries',
          'previewSubscription',
          'previewTemplate',
          'retryDelivery',
          'testDraft',
        ]),
      );
      for (const { responses } of operations) {
        expect(responses).toHaveProperty(['403', 'content', PROBLEM]);
      }
    });
  });
});
