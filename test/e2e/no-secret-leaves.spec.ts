import { createPrivateKey, randomBytes } from 'node:crypto';
import { Injectable, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import {
  IntegrationAccessPolicy,
  IntegrationAdminModule,
  type AccessDecision,
} from '@nest-integrations/admin';
import {
  IntegrationEvent,
  IntegrationModule,
  IntegrationPublisher,
  SecretRotation,
} from '@nest-integrations/core';
import { WebhookProviderModule } from '@nest-integrations/provider-webhook';
import { moveTime, Receiver, type Answer, type ReceivedRequest } from '@nest-integrations/testing';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';
import { formsOf } from '../support/secret-forms.js';

const incident = z.object({ title: z.string() });

@Injectable()
class IncidentEvents {
  @IntegrationEvent({
    hook: 'incident.created',
    displayName: 'Incident created',
    payload: incident,
    example: { title: 'Checkout is down' },
  })
  created(emitted: z.output<typeof incident>) {
    return emitted;
  }
}

/** Of characters that are escaped somewhere, and one that can't be mistaken for another. */
const made = (what: string): string =>
  `${what}-s3cr3t/+="'\\<&>~${randomBytes(12).toString('base64')}`;

/** What no one but the receiver may see. */
const secrets = {
  bearer: made('bearer'),
  password: `${made('password')}ü€`,
  headerKey: made('header'),
  clientSecret: `${made('client')}é`,
  accessToken: made('access').replaceAll(/[^\w-]/g, ''),
  secretHeader: made('secret-header'),
  templateHeader: made('template-header'),
  passphrase: `${made('passphrase')} ß`,
  signing: `whsec_${randomBytes(33).toString('base64')}`,
  signingEd25519: `whsk_${randomBytes(32).toString('base64')}`,
  urlPassword: made('url').replaceAll(/[^\w-]/g, ''),
  changedBearer: made('changed'),
  adminToken: made('admin'),
  refused: made('refused'),
};

/** For this test alone, with its own authority. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJfFG4cAvUSNXqRwb
+ci0oge7CvsSgStQk7fWpn3AubihRANCAARlwWhFsSWuT0OdiX3e6GQdqxSGtfke
V3nMRsYu2nez9mMIs15XRbXjx87wxP+IKbujXhZMtCn6p1XdKiZE76gs
-----END PRIVATE KEY-----`;
const CERT = `-----BEGIN CERTIFICATE-----
MIIBbTCCAROgAwIBAgIBATAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1yZWNlaXZl
ci50ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAYMRYwFAYD
VQQDDA1yZWNlaXZlci50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZcFo
RbElrk9DnYl93uhkHasUhrX5Hld5zEbGLtp3s/ZjCLNeV0W148fO8MT/iCm7o14W
TLQp+qdV3SomRO+oLKNMMEowGAYDVR0RBBEwD4INcmVjZWl2ZXIudGVzdDAPBgNV
HRMBAf8EBTADAQH/MB0GA1UdDgQWBBRN17J6Q7P9/kd/23oMLMibccJg8TAKBggq
hkjOPQQDAgNIADBFAiEA/7RiNSedyYzBpvXJWlNd5yHa2WQ5C2jTImVGCiwpu3oC
IA+1sbmBWY3QkC2HUi6F1d6aJeEaqch8ZrXHnNgf8YqB
-----END CERTIFICATE-----`;
const encryptedKey = createPrivateKey(KEY)
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: secrets.passphrase })
  .toString();
const oldKey = { id: 'old', key: randomBytes(32).toString('base64') };
const newKey = { id: 'new', key: randomBytes(32).toString('base64') };

/** All that is looked for, and what it is, for the message. */
const looked: { readonly what: string; readonly form: string }[] = [];

function lookFor(values: Readonly<Record<string, string>>): void {
  for (const [what, value] of Object.entries(values)) {
    for (const form of formsOf(value)) looked.push({ what, form });
  }
}

const inBase64 = (text: string): string => Buffer.from(text).toString('base64');
/** What comes after the prefix is the secret. */
const keyOf = (signingSecret: string): string => signingSecret.replace(/^[a-z]+_/, '');

lookFor({
  ...secrets,
  signing: keyOf(secrets.signing),
  signingEd25519: keyOf(secrets.signingEd25519),
  basicPair: inBase64(`user:${secrets.password}`),
  oauth2Pair: inBase64(`client:${encodeURIComponent(secrets.clientSecret)}`),
  oldKey: oldKey.key,
  newKey: newKey.key,
});
for (const pem of [KEY, encryptedKey]) {
  lookFor(
    Object.fromEntries(
      pem
        .split('\n')
        .slice(1, -2)
        .map((line, i) => [`line ${i}`, line]),
    ),
  );
}

function leaksIn(text: string): string[] {
  return looked
    .filter(({ form }) => text.includes(form))
    .map(({ what, form }) => `${what} as ${form}`);
}

@Injectable()
class TokenPolicy extends IntegrationAccessPolicy {
  override check({ headers }: { headers: Record<string, string | undefined> }): AccessDecision {
    return headers['authorization'] === `Bearer ${secrets.adminToken}`
      ? { allowed: true, scope: 'all', actor: 'tester' }
      : { allowed: false, status: 401 };
  }
}

async function startHost(databaseUrl: string, prefix: string): Promise<INestApplication> {
  @Module({
    imports: [
      EventEmitterModule.forRoot(),
      IntegrationModule.forRoot({
        database: { url: databaseUrl, migrations: 'run' },
        queue: { driver: 'bull', redis: { url: redisUrl() }, prefix },
        secrets: { keys: prefix.endsWith('rotated') ? [newKey, oldKey] : [oldKey] },
        worker: { sweepIntervalMs: 200 },
        http: { allow: ['127.0.0.0/8'] },
      }),
      IntegrationAdminModule.forRoot({ access: TokenPolicy }),
      WebhookProviderModule,
    ],
    providers: [IncidentEvents],
  })
  class HostModule {}

  const app = await NestFactory.create(HostModule, {
    logger: ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'],
  });
  await app.listen(0, '127.0.0.1');
  return app;
}

/** A receiver that repeats all it was told, in the form that its path names. */
function echo({ path, headers, body }: ReceivedRequest): Answer {
  if (path.startsWith('/token')) {
    return path === '/token'
      ? {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            access_token: secrets.accessToken,
            token_type: 'Bearer',
            expires_in: 60,
          }),
        }
      : { status: 400, body: `${String(headers['authorization'])} ${body.toString()}` };
  }
  // It also knows the secret that signs, and reads what is encoded.
  const signature = String(headers['webhook-signature']);
  const pair = /^Basic (.+)$/.exec(String(headers['authorization']))?.[1] ?? '';
  const told = [
    signature.includes('v1a,') ? secrets.signingEd25519 : secrets.signing,
    Buffer.from(pair, 'base64').toString(),
    ...Object.values(headers),
    body.toString(),
  ].join('\n');
  const status = Number(/\d{3}/.exec(path)?.[0] ?? 200);
  const encoded = path.includes('base64url')
    ? Buffer.from(told).toString('base64url')
    : path.includes('base64')
      ? Buffer.from(told).toString('base64')
      : path.includes('hex')
        ? Buffer.from(told).toString('hex')
        : path.includes('percent')
          ? encodeURIComponent(told)
          : path.includes('json')
            ? JSON.stringify({ told, again: JSON.stringify({ told }) })
            : told;
  return {
    status,
    body: encoded,
    headers: {
      'x-echo': told.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 6_000),
      'x-echo-authorization': headers['authorization'] ?? 'none',
      ...(status === 302 ? { location: `/elsewhere?q=${encodeURIComponent(told)}` } : {}),
      ...(status === 429 ? { 'retry-after': headers['authorization'] ?? '' } : {}),
    },
  };
}

describe('no secret leaves', () => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let app: INestApplication;
  const answers: { readonly of: string; readonly text: string }[] = [];
  const lines: string[] = [];
  const revealed: string[] = [];
  const write = { out: process.stdout.write, err: process.stderr.write };

  const origin = () => new URL(receiver.url).origin;

  async function call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ id: string; text: string }> {
    const response = await fetch(`${await app.getUrl()}/admin/integrations${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secrets.adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = `${JSON.stringify([...response.headers])}\n${await response.text()}`;
    if (path.endsWith('/reveal')) revealed.push(text);
    else answers.push({ of: `${method} ${path.slice(0, 80)} ${response.status}`, text });
    return { id: /"id":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? '', text };
  }

  const subscribe = (config: object, more: object = {}) =>
    call('POST', '/subscriptions', {
      name: 'Keeps quiet',
      eventTypes: ['*'],
      provider: 'webhook',
      retryPolicy: { delaysSeconds: [3_600] },
      config,
      ...more,
    });

  /** Until nothing is due; what waits for its retry in an hour may wait. */
  const allSettled = (): Promise<void> =>
    vi.waitFor(
      async () => {
        const due = await sql('SELECT id FROM integration.deliveries WHERE due_at < now() LIMIT 1');
        expect(due).toEqual([]);
      },
      { timeout: 30_000, interval: 50 },
    );

  async function publish(): Promise<void> {
    await app.get(IntegrationPublisher).publish('incident.created', { title: 'Down' });
    await allSettled();
  }

  async function sql(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  const auths = (): object[] => [
    { type: 'bearer', token: secrets.bearer },
    { type: 'basic', username: 'user', password: secrets.password },
    { type: 'header', name: 'x-key', value: secrets.headerKey },
    oauth2('/token', 'basic'),
    oauth2('/token', 'body'),
    oauth2('/token-refused', 'basic'),
    oauth2('/token-refused', 'body'),
  ];
  const oauth2 = (path: string, authMethod: string) => ({
    type: 'oauth2',
    tokenUrl: `${origin()}${path}`,
    clientId: 'client',
    clientSecret: secrets.clientSecret,
    authMethod,
  });
  const signed = (i: number) => ({
    signingSecret: i % 2 === 0 ? secrets.signing : secrets.signingEd25519,
  });

  /** Each kind of auth, each kind of answer, each kind of place. */
  async function subscribeToAll(): Promise<string[]> {
    const ids: string[] = [];
    const modes = [
      '200',
      '500',
      '404',
      '302',
      '429',
      '200/base64',
      '500/base64url',
      '400/hex',
      '200/percent',
      '500/json',
    ];
    for (const [i, auth] of auths().entries()) {
      for (const mode of modes) {
        const config = { url: `${origin()}/${mode}?note=plain`, auth };
        ids.push((await subscribe(config, signed(i))).id);
      }
    }
    const secretHeaders = { 'x-secret': secrets.secretHeader };
    for (const mode of modes) {
      ids.push((await subscribe({ url: `${origin()}/${mode}`, secretHeaders }, signed(1))).id);
      const template = {
        format: 'template',
        template: '{"title": "{{ payload.title }}"}',
        secretHeaders: { 'x-template': secrets.templateHeader },
        hubSignature: true,
      };
      ids.push((await subscribe({ url: `${origin()}/${mode}`, ...template }, signed(0))).id);
    }
    const url = origin().replace('http:', 'https:');
    const certificates = [
      { cert: CERT, key: KEY, ca: CERT },
      { cert: CERT, key: encryptedKey, passphrase: secrets.passphrase, ca: CERT },
    ];
    for (const clientCertificate of certificates) {
      ids.push((await subscribe({ url, clientCertificate }, signed(0))).id);
    }
    expect(
      ids.every((id) => id !== ''),
      answers.at(-1)?.text,
    ).toBe(true);
    return ids;
  }

  /** What an admin gets wrong with a secret in hand. */
  async function makeMistakes(id: string): Promise<void> {
    const secret = secrets.refused;
    const url = `${origin()}/200`;
    const configs: unknown[] = [
      secret,
      [secret],
      { url, auth: secret },
      { url, auth: { type: secret } },
      { url, auth: { type: 'bearer', token: [secret] } },
      { url, auth: { type: 'bearer', token: { token: secret } } },
      { url, auth: { type: 'bearer', token: `${secret}\n` } },
      { url, auth: { type: 'bearer', token: secret.repeat(200) } },
      { url, auth: { type: 'bearer', tokn: secret } },
      { url, auth: { type: 'basic', username: 'user', password: { secret } } },
      { url, auth: { type: 'header', name: 'content-length', value: secret } },
      { url, auth: { type: 'oauth2', tokenUrl: secret, clientId: 'c', clientSecret: secret } },
      {
        url,
        auth: {
          ...oauth2('/token', 'basic'),
          tokenUrl: `http://u:${secrets.urlPassword}@127.0.0.1/`,
        },
      },
      { url: `http://user:${secrets.urlPassword}@127.0.0.1/` },
      { url: `gopher://user:${secrets.urlPassword}@127.0.0.1/` },
      { url, secretHeaders: { 'x-secret': `${secret}\r\nx: y` } },
      { url, secretHeaders: { 'x secret': secret } },
      { url, secretHeaders: { 'x-secret': { secret } } },
      { url, secretHeaders: [secret] },
      { url, clientCertificate: { cert: CERT, key: `-----BEGIN ${secret}` } },
      { url, clientCertificate: { cert: CERT, key: encryptedKey, passphrase: secret } },
      {
        url: 'https://127.0.0.1',
        clientCertificate: { cert: CERT, key: encryptedKey, passphrase: secret },
      },
      { url: 'https://127.0.0.1', clientCertificate: { cert: CERT, key: secret } },
      { url, timeoutSeconds: secret },
      { url, method: secret },
      { url, format: secret },
    ];
    for (const config of configs) {
      await subscribe({}, { config });
      await call('PATCH', `/subscriptions/${id}`, { config });
    }
    const fields: object[] = [
      { signingSecret: secret },
      { signingSecret: `whsec_${secret}` },
      { signingSecret: { secret } },
      { retryPolicy: secret },
      { enabled: secret },
      { timeoutMs: secret },
      { filter: { $where: secret } },
    ];
    for (const field of fields) {
      await subscribe({ url }, field);
      await call('PATCH', `/subscriptions/${id}`, field);
    }
    await call('POST', '/subscriptions', `{"name": "x", "config": {"token": "${secret}`);
    await call('POST', '/subscriptions', `"${secret}"`);
    await call('POST', '/subscriptions', `${secret}`);
    await call('GET', `/subscriptions?cursor=${encodeURIComponent(secret)}`);
    await call('GET', `/subscriptions?limit=${encodeURIComponent(secret)}`);
    await call('POST', `/subscriptions/${id}/signing-secrets/rotate`, { kind: secret });
    await call('POST', `/subscriptions/${id}/test`, { payload: { title: [secret] } });
    await call('POST', `/subscriptions/${id}/test`, { payload: secret });
  }

  async function useEveryRoute(ids: readonly string[]): Promise<void> {
    for (const id of ids) await call('POST', `/subscriptions/${id}/test`, {});
    for (const id of ids.slice(0, 12)) {
      await call('GET', `/subscriptions/${id}`);
      await call('PATCH', `/subscriptions/${id}`, {
        name: 'Renamed',
        config: { url: `${origin()}/200` },
      });
      await call('POST', `/subscriptions/${id}/signing-secrets/rotate`, {});
      await call('POST', `/subscriptions/${id}/signing-secrets/reveal`);
      await call('POST', `/subscriptions/${id}/disable`, { reason: 'why not' });
      await call('POST', `/subscriptions/${id}/enable`);
    }
    const [first = ''] = ids;
    const auth = { type: 'bearer', token: secrets.changedBearer };
    await call('PATCH', `/subscriptions/${first}`, { config: { url: `${origin()}/500`, auth } });
    for (const path of [
      '/subscriptions?limit=200',
      '/event-types',
      '/providers',
      '/openapi.json',
    ]) {
      await call('GET', path);
    }
  }

  async function readEveryDelivery(): Promise<void> {
    for (const { id } of await sql('SELECT id FROM integration.deliveries')) {
      await call('GET', `/deliveries/${String(id)}`);
    }
    await call('GET', '/deliveries?limit=200');
    const [failed] = await sql(`SELECT id FROM integration.deliveries WHERE state = 'failed'`);
    await call('POST', `/deliveries/${String(failed?.['id'])}/replay`);
    await allSettled();
  }

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    receiver.answer(echo);
    const listen = (chunk: unknown): boolean => {
      lines.push(String(chunk));
      return true;
    };
    process.stdout.write = listen;
    process.stderr.write = listen;
    app = await startHost(database.url, `${database.name}-first`);

    const ids = await subscribeToAll();
    await publish();
    await useEveryRoute(ids);
    await makeMistakes(ids[1] ?? '');
    await publish();
    await moveTime({ databaseUrl: database.url, byMs: 7_200_000 });
    await allSettled();
    await readEveryDelivery();

    for (const [secret] of revealed.join('').matchAll(/whs(?:ec|k)_[A-Za-z0-9+/=]+/g)) {
      lookFor({ revealed: keyOf(secret) });
    }
    await app.close();
    app = await startHost(database.url, `${database.name}-rotated`);
    await app.get(SecretRotation).rotate();
    await publish();
    // A config that can't be read, and one whose secret belongs to something else.
    const [a, b, c] = ids.slice(14);
    await sql(
      `UPDATE integration.integration_subscriptions SET revision = revision + 1,
         config = replace(config::text, 'enc:v1:new:', 'enc:v1:gone:')::json WHERE id = $1`,
      [a],
    );
    await sql(
      `UPDATE integration.integration_subscriptions s SET revision = s.revision + 1, config = o.config
       FROM integration.integration_subscriptions o WHERE s.id = $1 AND o.id = $2`,
      [b, c],
    );
    await publish();
    for (const id of [a, b]) {
      await call('GET', `/subscriptions/${id}`);
      await call('POST', `/subscriptions/${id}/test`, {});
      await call('PATCH', `/subscriptions/${id}`, { config: { url: `${origin()}/200` } });
    }
    await app.get(SecretRotation).rotate();
    await readEveryDelivery();
  }, 120_000);

  afterAll(async () => {
    await app?.close();
    process.stdout.write = write.out;
    process.stderr.write = write.err;
    await receiver?.stop();
    await database?.drop();
  });

  it('to anyone but the receiver, which gets every one', () => {
    const received = receiver.requests
      .map(({ headers, body }) => `${JSON.stringify(headers)}\n${body.toString()}`)
      .join('\n');
    const { signing, signingEd25519, passphrase, urlPassword, adminToken, refused, ...sent } =
      secrets;
    for (const [what, value] of Object.entries(sent)) {
      const forms = formsOf(
        what === 'password' ? Buffer.from(`user:${value}`).toString('base64') : value,
      );
      const pair = formsOf(Buffer.from(`client:${value}`).toString('base64'));
      expect(
        [...forms, ...pair].some((form) => received.includes(form)),
        what,
      ).toBe(true);
    }
    expect(
      [signing, signingEd25519, passphrase, urlPassword, adminToken, refused].filter((each) =>
        received.includes(each),
      ),
    ).toEqual([]);
    const statuses = new Set(answers.map(({ of }) => of.slice(-3)));
    for (const status of ['200', '201', '400', '422', '202']) expect(statuses).toContain(status);
  });

  it('but by the reveal, which was asked for it', () => {
    expect(revealed.join('\n')).toContain(secrets.signing);
    expect(revealed.join('\n')).toContain(secrets.signingEd25519);
  });

  it('into an answer of the API, right or wrong', () => {
    expect(answers.length).toBeGreaterThan(500);
    for (const { of, text } of answers) expect(leaksIn(text), of).toEqual([]);
  });

  it('into a line of the log', () => {
    expect(lines.length).toBeGreaterThan(50);
    for (const line of lines) expect(leaksIn(line), line).toEqual([]);
  });

  it('into a column of a table, but encrypted', async () => {
    const columns = await sql(
      `SELECT c.table_schema AS schema, c.table_name AS name, c.column_name AS column
       FROM information_schema.columns c JOIN information_schema.tables t
         ON t.table_schema = c.table_schema AND t.table_name = c.table_name
       WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    expect(new Set(columns.map(({ name }) => name)).size).toBeGreaterThan(6);
    const found = new Map<string, number>();
    for (const { schema, name, column } of columns) {
      const rows = await sql(
        `SELECT "${String(column)}"::text AS text FROM "${String(schema)}"."${String(name)}" WHERE "${String(column)}" IS NOT NULL`,
      );
      found.set(`${String(name)}.${String(column)}`, rows.length);
      for (const { text } of rows) {
        expect(leaksIn(String(text)), `${String(name)}.${String(column)}`).toEqual([]);
      }
    }
    expect([...found].some(([name, rows]) => name.startsWith('delivery_logs') && rows > 100)).toBe(
      true,
    );
    expect([...found].some(([name, rows]) => name.endsWith('.signing_secrets') && rows > 50)).toBe(
      true,
    );
  });

  it('into a key of Redis', async () => {
    const redis = new Redis(redisUrl());
    try {
      const keys = await redis.keys(`*${database.name}*`);
      expect(keys.length).toBeGreaterThan(1);
      for (const key of keys) {
        expect(leaksIn(key)).toEqual([]);
        expect(leaksIn(await valueOf(redis, key)), key).toEqual([]);
      }
    } finally {
      redis.disconnect();
    }
  });
});

async function valueOf(redis: Redis, key: string): Promise<string> {
  switch (await redis.type(key)) {
    case 'string':
      return (await redis.get(key)) ?? '';
    case 'hash':
      return JSON.stringify(await redis.hgetall(key));
    case 'list':
      return JSON.stringify(await redis.lrange(key, 0, -1));
    case 'set':
      return JSON.stringify(await redis.smembers(key));
    case 'zset':
      return JSON.stringify(await redis.zrange(key, 0, -1));
    case 'stream':
      return JSON.stringify(await redis.xrange(key, '-', '+'));
    default:
      return '';
  }
}
