import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import {
  Injectable,
  Module,
  ValidationPipe,
  type INestApplication,
  type LoggerService,
  type Provider,
} from '@nestjs/common';
import { APP_PIPE, NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import {
  createIntegrationOpenApi,
  IntegrationAccessPolicy,
  IntegrationAdminModule,
  OpenAccessPolicy,
  type AccessDecision,
  type IntegrationAdminOptions,
} from '@nest-integrations/admin';
import {
  IntegrationEvent,
  IntegrationModule,
  IntegrationPublisher,
  SubscriptionService,
} from '@nest-integrations/core';
import { WebhookProviderModule } from '@nest-integrations/provider-webhook';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { badRequests, sendRaw, type WireAnswer } from '../support/bad-requests.js';
import { reportRefusals } from '../support/fault-report.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

const TOKEN = 'the-token-of-the-tests';
const BASE = '/admin/integrations';

@Injectable()
class PingEvents {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }
}

/** A token for programs, a cookie for the browser, and a day on which it breaks. */
@Injectable()
class HostPolicy extends IntegrationAccessPolicy {
  override check({ headers }: { headers: Record<string, string | undefined> }): AccessDecision {
    const { authorization, cookie } = headers;
    if (authorization === 'Bearer broken') throw new Error('password is hunter2');
    const isKnown = authorization === `Bearer ${TOKEN}` || cookie === 'session=valid';
    return isKnown
      ? { allowed: true, scope: 'all', actor: headers['x-actor'] ?? 'tester' }
      : { allowed: false, status: 401 };
  }
}

/** Opened by a browser that comes from an authorization server. */
const PAGE = `${BASE}/connections/oauth/callback`;

class LogBook implements LoggerService {
  readonly lines: unknown[][] = [];
  log = (...line: unknown[]): void => void this.lines.push(line);
  warn = this.log;
  error = this.log;
}

const logger = new LogBook();

/** As most hosts have one, for routes of their own. */
const hostsValidation = {
  provide: APP_PIPE,
  useValue: new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
};

async function startHost(
  databaseUrl: string,
  options: IntegrationAdminOptions,
  hostsOwn: readonly Provider[] = [],
): Promise<INestApplication> {
  @Module({
    imports: [
      EventEmitterModule.forRoot(),
      IntegrationModule.forRoot({
        database: { url: databaseUrl, migrations: 'run' },
        secrets: { keys: [{ id: 'k', key: randomBytes(32).toString('base64') }] },
        worker: { enabled: false },
      }),
      IntegrationAdminModule.forRoot({ access: HostPolicy, ...options }),
      WebhookProviderModule,
    ],
    providers: [PingEvents, ...hostsOwn],
  })
  class HostModule {}

  const app = await NestFactory.create(HostModule, { logger, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

describe.each<[string, readonly Provider[]]>([
  ['the boundary of the admin API', []],
  ['the boundary of the admin API, in a host with a ValidationPipe for all', [hostsValidation]],
])('%s', (surface, hostsOwn) => {
  let database: FreshDatabase;
  let app: INestApplication;
  let origin: string;
  let ids: Record<string, string>;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startHost(
      database.url,
      {
        rateLimit: { requestsPerMinute: 100_000, strangersPerMinute: 100_000 },
        trustedOrigins: ['https://ui.example.org'],
      },
      hostsOwn,
    );
    origin = await app.getUrl();
    const { id } = await app
      .get(SubscriptionService)
      .create(
        { name: 'S', eventTypes: ['*'], provider: 'webhook', config: { url: 'https://x.example' } },
        'all',
      );
    await app.get(IntegrationPublisher).publish('ping', { n: 1 });
    const delivery = await rows('SELECT id FROM integration.deliveries');
    ids = { subscriptions: id, deliveries: String(delivery[0]?.['id']) };
  });

  afterAll(async () => {
    await app?.close();
    await database?.drop();
  });

  async function rows(text: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  const state = () =>
    rows(
      `SELECT to_jsonb(s) AS row FROM integration.integration_subscriptions s
       UNION ALL SELECT to_jsonb(d) FROM integration.deliveries d`,
    );

  const call = (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<WireAnswer> =>
    sendRaw(
      origin,
      {
        what: '',
        method,
        path: `${BASE}${path}`,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      },
      TOKEN,
    );

  function expectProtected({ headers }: WireAnswer): void {
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  }

  function expectNothingInside({ text }: WireAnswer): void {
    expect(text).not.toMatch(
      /\bat .+\.[jt]s:\d+|node_modules|\/tmp\/|file:\/\/|SyntaxError|hunter2/,
    );
    expect(text).not.toMatch(/select |insert |postgres/i);
    expect(text.length).toBeLessThan(30_000);
  }

  it('answers every bad request to every route with a 4xx, changes nothing and goes on', async () => {
    const before = await state();
    const bad = badRequests(createIntegrationOpenApi(app), ids);
    const letIn: string[] = [];
    for (const request of bad) {
      const answer = await sendRaw(origin, request, TOKEN);
      const { what, method, path } = request;
      if (answer.status < 400 || answer.status > 499) {
        letIn.push(
          `${what}: ${method} ${path.slice(0, 100)} ${answer.status} ${answer.text.slice(0, 200)}`,
        );
      }
      expectProtected(answer);
      expectNothingInside(answer);
      if (path.startsWith(PAGE) && answer.text.startsWith('<!doctype html>')) {
        expect(answer.headers['content-type'], what).toBe('text/html; charset=utf-8');
      } else if (answer.status !== 404) {
        expect(answer.headers['content-type'], `${what}: ${answer.text}`).toMatch(
          /^application\/problem\+json/,
        );
        expect(JSON.parse(answer.text)).toMatchObject({ status: answer.status });
      }
    }
    reportRefusals({ surface, tried: bad.length, refused: bad.length - letIn.length });
    expect(letIn).toEqual([]);
    expect(bad.length).toBeGreaterThan(500);
    expect(await state()).toEqual(before);
    expect({}).not.toHaveProperty('allowed');
    expect((await call('GET', '/subscriptions')).status).toBe(200);
    // Thousands of requests, more with each route.
  }, 120_000);

  it.each<[string, string, RegExp]>([
    ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1.1 400 /],
    [
      'headers of 100 kB',
      `GET ${BASE}/event-types HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`,
      /^HTTP\/1.1 431 /,
    ],
    [
      'a URL of 100 kB',
      `GET ${BASE}/${'x'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
      /^HTTP\/1.1 431 /,
    ],
    [
      'two lengths',
      `POST ${BASE}/subscriptions HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1.1 400 /,
    ],
  ])('survives what is %s', async (_, sent, expected) => {
    expect(await onTheWire(Number(new URL(origin).port), sent)).toMatch(expected);
    expect((await call('GET', '/event-types')).status).toBe(200);
  });

  it('names the field that is wrong', async () => {
    const { text } = await call('GET', '/subscriptions?limit=0');
    expect(JSON.parse(text)).toMatchObject({
      status: 400,
      errors: [{ field: 'limit', message: 'must be at least 1' }],
    });
  });

  it('reads fields whose names mean something in JavaScript as any other', async () => {
    const filtered = (filter: string) =>
      call(
        'POST',
        '/subscriptions',
        {},
        `{"name":"S","eventTypes":["ping"],"provider":"webhook","config":{"url":"https://x.example"},"filter":${filter}}`,
      );
    for (const name of ['constructor', '__proto__', 'valueOf']) {
      const { status, text } = await filtered(`{"${name}":1}`);
      expect(status, name).toBe(422);
      expect(JSON.parse(text)).toMatchObject({ errors: [{ field: `filter.${name}` }] });
    }
  });

  it('protects every answer, good ones too', async () => {
    for (const path of [
      '/event-types',
      `/subscriptions/${ids['subscriptions']}`,
      '/openapi.json',
      '/no/such',
    ]) {
      expectProtected(await call('GET', path));
    }
    expectProtected(
      await call('POST', `/subscriptions/${ids['subscriptions']}/signing-secrets/reveal`),
    );
  });

  it('tells of a fault of its own an id, and nothing else', async () => {
    const answer = await call('GET', '/event-types', { authorization: 'Bearer broken' });
    expect(answer.status).toBe(500);
    expectProtected(answer);
    expectNothingInside(answer);
    const { errorId } = z.object({ errorId: z.uuid() }).parse(JSON.parse(answer.text));
    const logged = JSON.stringify(logger.lines);
    expect(logged).toContain(errorId);
    expect(logged).toContain('hunter2');
  });

  describe('asked with the user’s cookie', () => {
    const cookie = { authorization: '', cookie: 'session=valid' };
    const change = (headers: Record<string, string>) =>
      call('POST', `/subscriptions/${ids['subscriptions']}/enable`, { ...cookie, ...headers });

    it('shows, and changes for its own page', async () => {
      expect((await call('GET', '/subscriptions', cookie)).status).toBe(200);
      expect((await change({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
      expect((await change({ origin })).status).toBe(200);
      expect((await change({ origin: 'https://ui.example.org' })).status).toBe(200);
    });

    it.each<[string, Record<string, string>]>([
      ['another site', { 'sec-fetch-site': 'cross-site' }],
      ['another origin', { origin: 'https://evil.example' }],
      ['nobody knows which page', {}],
    ])('changes nothing for %s', async (_, headers) => {
      const answer = await change(headers);
      expect(answer.status).toBe(403);
      expectProtected(answer);
      expect(answer.text).toMatch(/another origin|needs the header Origin/);
    });
  });

  describe('asked too often', () => {
    let limited: INestApplication;
    const ask = async (headers: Record<string, string>) =>
      sendRaw(
        await limited.getUrl(),
        { what: '', method: 'GET', path: '/admin/integrations/event-types', headers },
        TOKEN,
      );

    beforeAll(async () => {
      limited = await startHost(database.url, {
        rateLimit: { requestsPerMinute: 3, strangersPerMinute: 5 },
      });
    });

    afterAll(async () => {
      await limited?.close();
    });

    it('answers 429 and how long to wait, to that caller alone', async () => {
      for (let i = 0; i < 3; i++) expect((await ask({ 'x-actor': 'ann' })).status).toBe(200);
      const answer = await ask({ 'x-actor': 'ann' });
      expect(answer.status).toBe(429);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expectProtected(answer);
      expect((await ask({ 'x-actor': 'bob' })).status).toBe(200);
    });

    it('stops asking the policy about an address that guesses', async () => {
      for (let i = 0; i < 5; i++) {
        expect((await ask({ authorization: `Bearer guess-${i}` })).status).toBe(401);
      }
      const asked = vi.spyOn(limited.get(IntegrationAccessPolicy, { strict: false }), 'check');
      expect((await ask({ authorization: `Bearer ${TOKEN}`, 'x-actor': 'eve' })).status).toBe(429);
      expect(asked).not.toHaveBeenCalled();
    });
  });

  it('does not start with an open policy outside of development', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    try {
      await expect(startHost(database.url, { access: OpenAccessPolicy })).rejects.toThrow(
        /OpenAccessPolicy lets everyone in, so the start is refused/,
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('counts the stored secrets by key, for callers of all tenants', async () => {
    const { status, text } = await call('GET', '/secret-keys');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      items: [{ keyId: 'k', isPrimary: true, isKnown: true, values: 1 }],
    });
  });
});

function onTheWire(port: number, sent: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(sent));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    // Cut while we still write: what it said first is what counts.
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
}
