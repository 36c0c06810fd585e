import {
  DeliveredEvent,
  OutboundHttp,
  ProviderTrial,
  RecordedHttp,
  type DeliveryContext,
} from '@nest-integrations/core';
import {
  AuthorizationServer,
  describeProvider,
  oauthTokens,
  Receiver,
} from '@nest-integrations/testing';
import { NestFactory } from '@nestjs/core';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webhookConfig, type WebhookConfig } from './webhook-config.js';
import { WebhookProviderModule } from './webhook-provider.module.js';
import { WebhookProvider } from './webhook.provider.js';

const secret = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`;
const event = new DeliveredEvent(
  '019aa0c8-0000-7000-8000-000000000001',
  'incident.created',
  '2026-01-02T03:04:05.678Z',
  '{"b":1,"a":{"title":"Checkout is down"}}',
);

interface Given {
  readonly config?: WebhookConfig;
  readonly of?: DeliveredEvent;
  readonly oauth?: DeliveryContext<WebhookConfig>['oauth'];
  readonly signingSecrets?: DeliveryContext<WebhookConfig>['signingSecrets'];
}

describe('the webhook provider', () => {
  let receiver: Receiver;
  let outbound: OutboundHttp;
  let provider: WebhookProvider;

  beforeEach(async () => {
    receiver = await Receiver.start();
    outbound = new OutboundHttp({ allow: ['127.0.0.0/8'] });
    provider = new WebhookProvider();
  });

  afterEach(async () => {
    await outbound.close();
    await receiver.stop();
  });

  async function deliver(
    changes: Record<string, unknown>,
    {
      config = configOf(changes),
      signingSecrets = [{ id: '1', secret }],
      of = event,
      oauth = oauthTokens(),
    }: Given = {},
  ) {
    const http = new RecordedHttp({ http: outbound, timeoutMs: 5_000 });
    const context: DeliveryContext<WebhookConfig> = {
      event: of,
      delivery: { id: 'd1', attempt: 1, isReplay: false, isTest: false },
      subscription: { id: 's1', name: 'Test' },
      thread: null,
      config,
      connection: undefined,
      signingSecrets,
      http,
      sockets: outbound.sockets,
      tell: () => undefined,
      oauth,
      note: () => undefined,
      signal: new AbortController().signal,
    };
    const outcome = await provider.deliver(context);
    return { outcome, exchange: http.exchange(), request: receiver.requests.at(-1) };
  }

  const configOf = (changes: Record<string, unknown>) =>
    webhookConfig.parse({ url: receiver.url, ...changes });

  it('sends the standard body, key order and all, signed', async () => {
    const { outcome, request } = await deliver({});
    expect(outcome).toEqual({ kind: 'delivered' });
    expect(request?.body.toString()).toBe(
      '{"type":"incident.created","timestamp":"2026-01-02T03:04:05.678Z","data":{"b":1,"a":{"title":"Checkout is down"}}}',
    );
    expect(request?.headers['webhook-id']).toBe(event.id);
    expect(() =>
      new Webhook(secret).verify(request?.body ?? '', request?.headers ?? {}),
    ).not.toThrow();
  });

  it.each([
    [{ type: 'bearer', token: 't0p-secret' }, 'authorization', 'Bearer t0p-secret'],
    [
      { type: 'basic', username: 'me', password: 't0p-secret' },
      'authorization',
      `Basic ${Buffer.from('me:t0p-secret').toString('base64')}`,
    ],
    [{ type: 'header', name: 'X-Team-Key', value: 't0p-secret' }, 'x-team-key', 't0p-secret'],
  ])('authenticates by %j, and shows it in no log', async (auth, header, value) => {
    const { request, exchange } = await deliver({ auth });
    expect(request?.headers[header]).toBe(value);
    expect(JSON.stringify(exchange)).not.toContain(value);
  });

  it('sends secret headers, and shows them in no log', async () => {
    const { request, exchange } = await deliver({
      headers: { 'X-Plain': 'seen' },
      secretHeaders: { 'X-Hidden': 'unseen-value' },
    });
    expect(request?.headers).toMatchObject({ 'x-plain': 'seen', 'x-hidden': 'unseen-value' });
    expect(JSON.stringify(exchange)).toContain('seen');
    expect(JSON.stringify(exchange)).not.toContain('unseen-value');
  });

  it('sends by an OAuth 2 token, and once more by another where it is refused', async () => {
    const auth = {
      type: 'oauth2',
      tokenUrl: 'https://id.example.com/token',
      clientId: 'me',
      clientSecret: 'cl1ent-secret',
    };
    receiver.answer((_request, index) => ({ status: index === 0 ? 401 : 200 }));
    const { outcome } = await deliver({ auth }, { oauth: oauthTokens('token-0', 'token-1') });
    expect(outcome).toEqual({ kind: 'delivered' });
    expect(receiver.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer token-0',
      'Bearer token-1',
    ]);
  });

  it.each(['basic', 'body'])('gets its token by client credentials (%s)', async (authMethod) => {
    const server = await AuthorizationServer.start({ id: 'me', secret: "cl1ent-s ü!'*" });
    const trial = new ProviderTrial(provider, { allow: ['127.0.0.0/8'] });
    const attempt = (clientSecret: string) => {
      const { tokenUrl } = server;
      const client = { clientId: 'me', clientSecret, authMethod, scope: 'a b', audience: 'api' };
      const auth = { type: 'oauth2', tokenUrl, ...client };
      return trial.attempt({ config: { url: receiver.url, auth } }, { event });
    };
    try {
      const { outcome, exchange } = await attempt("cl1ent-s ü!'*");
      expect(outcome).toEqual({ kind: 'delivered' });
      expect(receiver.requests[0]?.headers['authorization']).toBe('Bearer access-1');
      expect(server.asked[0]?.get('scope')).toBe('a b');
      expect(server.asked[0]?.get('audience')).toBe('api');
      expect(JSON.stringify(exchange)).not.toMatch(/access-1|cl1ent/);
      expect((await attempt('another')).outcome).toEqual({
        kind: 'retry',
        reason: 'The token server answered 401: invalid_client',
        clientError: true,
      });
    } finally {
      await trial.close();
      await server.stop();
    }
  });

  it('retries on the statuses that it is told to, whatever the policy says of them', async () => {
    for (const status of [409, 410]) {
      receiver.answer(() => ({ status, headers: { 'retry-after': '9' } }));
      const { outcome } = await deliver({ retryOnStatus: [409, 410] });
      expect(outcome).toEqual({
        kind: 'retry',
        reason: `The receiver answered ${status}`,
        ...(status === 409 && { afterMs: 9_000 }),
      });
    }
    receiver.answer(() => ({ status: 404 }));
    expect((await deliver({ retryOnStatus: [409] })).outcome).toMatchObject({ clientError: true });
  });

  it('puts values into its URL and headers, escaped for where they stand', async () => {
    const odd = new DeliveredEvent(
      event.id,
      event.type,
      event.occurredAt,
      JSON.stringify({ id: '../a b?c=d&e#f@evil.example', title: 'é\r\nx-evil: 1 😀' }),
    );
    const { request } = await deliver(
      {
        url: `${receiver.url}/{{ payload.id }}?type={{ event.type }}`,
        headers: { 'X-Title': '{{ payload.title }} of {{ subscription.name }}', 'X-Plain': 'p' },
      },
      { of: odd },
    );
    expect(request?.path).toBe(
      '/hook/..%2Fa%20b%3Fc%3Dd%26e%23f%40evil.example?type=incident.created',
    );
    expect(request?.headers).not.toHaveProperty('x-evil');
    expect(Buffer.from(request?.headers['x-title'] ?? '', 'latin1').toString('latin1')).toBe(
      'é%0D%0Ax-evil: 1 %F0%9F%98%80 of Test',
    );
    expect(request?.headers['x-plain']).toBe('p');
  });

  it('rejects, without a call, where a value would lead elsewhere', async () => {
    const of = (id: string) =>
      new DeliveredEvent(event.id, event.type, event.occurredAt, JSON.stringify({ id }));
    const { outcome } = await deliver(
      { url: `${receiver.url}/{{ payload.id }}/x` },
      { of: of('..') },
    );
    expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('path') });
    const host = await deliver(
      { url: 'https://{{ payload.id }}.example.com/' },
      { of: of('evil.test') },
    );
    expect(host.outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('host'),
    });
    expect(receiver.requests).toHaveLength(0);
  });

  it.each([
    ['cloudevents-structured', 'application/cloudevents+json; charset=utf-8'],
    ['cloudevents-binary', 'application/json'],
  ])('sends %s', async (format, contentType) => {
    const { request } = await deliver({ format });
    expect(request?.headers['content-type']).toBe(contentType);
    if (format === 'cloudevents-binary') {
      expect(request?.headers['ce-id']).toBe(event.id);
      expect(request?.body.toString()).toBe(event.payloadJson);
    } else {
      expect(JSON.parse(request?.body.toString() ?? '')).toMatchObject({
        id: event.id,
        data: event.payload,
      });
    }
  });

  it('sends forms and templates, by PUT where asked', async () => {
    const form = await deliver({ contentType: 'form', method: 'PUT' });
    expect(form.request?.method).toBe('PUT');
    expect(new URLSearchParams(form.request?.body.toString()).get('data')).toBe(event.payloadJson);
    const templated = await deliver({
      format: 'template',
      template: '{"text":"{{ payload.a.title }}"}',
    });
    expect(templated.request?.body.toString()).toBe('{"text":"Checkout is down"}');
  });

  it('rejects, without a call, a template that yields no JSON for this event', async () => {
    const { outcome } = await deliver({
      format: 'template',
      template: '{"t":{% if payload.nope %}1{% endif %}}',
    });
    expect(outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('does not yield JSON'),
    });
    expect(receiver.requests).toHaveLength(0);
  });

  it('adds the signature that receivers made for GitHub expect', async () => {
    const { request } = await deliver({ hubSignature: true });
    expect(request?.headers['x-hub-signature-256']).toMatch(/^sha256=[0-9a-f]{64}$/);
  });

  it.each([
    [200, { kind: 'delivered' }],
    [410, { kind: 'rejected', disableSubscription: true }],
    [404, { kind: 'retry', clientError: true }],
    [500, { kind: 'retry' }],
  ])('takes a %i for what it means', async (status, outcome) => {
    receiver.answer(() => ({ status }));
    expect((await deliver({})).outcome).toMatchObject(outcome);
  });

  it('retries when the connection is cut', async () => {
    receiver.answer(() => ({ instead: 'reset' }));
    expect((await deliver({})).outcome).toMatchObject({ kind: 'retry' });
  });

  it('needs nothing but its module', async () => {
    const app = await NestFactory.createApplicationContext(WebhookProviderModule, {
      logger: false,
    });
    provider = app.get(WebhookProvider);
    expect((await deliver({})).outcome).toEqual({ kind: 'delivered' });
    await app.close();
  });

  it('signs at the time of its clock', async () => {
    provider = new WebhookProvider(() => Date.parse('2026-01-02T03:04:05.999Z'));
    const { request } = await deliver({});
    expect(request?.headers['webhook-timestamp']).toBe('1767323045');
  });

  it('lets a header of one’s own take the place of a default, in whatever case', async () => {
    const { request } = await deliver({
      headers: { 'Content-Type': 'application/vnd.me+json', 'User-Agent': 'me' },
    });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/vnd.me+json',
      'user-agent': 'me',
    });
  });

  it('shows a credential in no log, even where the receiver echoes it', async () => {
    receiver.answer(({ headers }) => ({ body: `you sent ${headers['authorization']}` }));
    const pair = Buffer.from('me:t0p-secret').toString('base64');
    const auth = { type: 'basic', username: 'me', password: 't0p-secret' };
    const { exchange, request } = await deliver({ auth });
    expect(request?.headers['authorization']).toBe(`Basic ${pair}`);
    expect(exchange?.response?.body).toContain('you sent Basic');
    expect(JSON.stringify(exchange)).not.toContain(pair);
  });

  it('sends nothing unsigned: no secret that is valid, no request', async () => {
    const signingSecrets = [{ id: '1', secret, expiresAt: '2020-01-01T00:00:00.000Z' }];
    const { outcome } = await deliver({}, { signingSecrets });
    expect(outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('signing secret'),
    });
    expect(receiver.requests).toHaveLength(0);
  });

  it('says so where the GitHub signature is asked for and only Ed25519 is there', async () => {
    const ed25519 = `whsk_${Buffer.alloc(32, 'k').toString('base64')}`;
    const signingSecrets = [{ id: '1', secret: ed25519 }];
    const { outcome } = await deliver({ hubSignature: true }, { signingSecrets });
    expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('whsec_') });
    expect(receiver.requests).toHaveLength(0);
  });

  it('gives up after the time-out of its config', async () => {
    receiver.answer(() => ({ instead: 'never' }));
    const { outcome } = await deliver({ timeoutSeconds: 1 });
    expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringMatching(/1.?000|time/i) });
  });
});

describeProvider(
  {
    name: 'webhook',
    provider: () => new WebhookProvider(),
    setups: {
      'without authentication': (origin) => ({ config: { url: `${origin}/hooks` } }),
      'with a bearer token and secret headers': (origin) => ({
        config: {
          url: `${origin}/hooks`,
          auth: { type: 'bearer', token: 't0p-secret-bearer' },
          secretHeaders: { 'X-Team-Key': 't0p-secret-header' },
        },
        secrets: ['config.auth.token', 'config.secretHeaders.X-Team-Key'],
      }),
      'with OAuth 2': (origin) => ({
        config: {
          url: `${origin}/hooks`,
          auth: {
            type: 'oauth2',
            tokenUrl: `${origin}/token`,
            clientId: 'me',
            clientSecret: 't0p-secret-client',
          },
        },
        secrets: ['config.auth.clientSecret'],
        secretTexts: ['t0p-secret-access'],
      }),
    },
    service: {
      start: () => () => ({
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          access_token: 't0p-secret-access',
          token_type: 'Bearer',
          expires_in: 3_600,
        }),
      }),
      isDelivery: ({ path }) => path === '/hooks',
      // Any 2xx of a webhook is a success, whatever its body.
      situations: { malformed: { outcome: 'delivered' } },
      repeatKey: ({ headers }) => headers['webhook-id'],
    },
  },
  { describe, it },
);
