import {
  DeliveredEvent,
  OutboundHttp,
  RecordedHttp,
  type DeliveryContext,
} from '@nest-integrations/core';
import { describeProvider, oauthTokens, Receiver } from '@nest-integrations/testing';
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
    { config = configOf(changes), signingSecrets = [{ id: '1', secret }] }: Given = {},
  ) {
    const http = new RecordedHttp({ http: outbound, timeoutMs: 5_000 });
    const context: DeliveryContext<WebhookConfig> = {
      event,
      delivery: { id: 'd1', attempt: 1, isReplay: false, isTest: false },
      subscription: { id: 's1', name: 'Test' },
      thread: null,
      config,
      connection: undefined,
      signingSecrets,
      http,
      sockets: outbound.sockets,
      tell: () => undefined,
      oauth: oauthTokens(),
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

  it('gets an OAuth 2 token once, sends it, and gets a new one after a 401', async () => {
    const tokens = await Receiver.start();
    tokens.answer((_request, index) => ({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: `token-${index}`, expires_in: 3_600 }),
    }));
    const config = configOf({
      auth: {
        type: 'oauth2',
        tokenUrl: tokens.url,
        clientId: 'me',
        clientSecret: 'cl1ent-secret',
        scope: 'hooks',
      },
    });
    try {
      const first = await deliver({}, { config });
      await deliver({}, { config });
      expect(tokens.requests).toHaveLength(1);
      expect(tokens.requests[0]?.body.toString()).toBe('grant_type=client_credentials&scope=hooks');
      expect(first.request?.headers['authorization']).toBe('Bearer token-0');
      expect(JSON.stringify(first.exchange)).not.toMatch(/token-0|cl1ent-secret/);
      receiver.answer(() => ({ status: 401 }));
      await deliver({}, { config });
      receiver.answer(() => ({ status: 200 }));
      const renewed = await deliver({}, { config });
      expect(renewed.request?.headers['authorization']).toBe('Bearer token-1');
    } finally {
      await tokens.stop();
    }
  });

  it('retries, without a secret in its reason, when the token server refuses', async () => {
    const tokens = await Receiver.start();
    tokens.answer(() => ({ status: 400, body: '{"error":"invalid_client"}' }));
    try {
      const { outcome } = await deliver({
        auth: {
          type: 'oauth2',
          tokenUrl: tokens.url,
          clientId: 'me',
          clientSecret: 'cl1ent-secret',
        },
      });
      expect(outcome).toEqual({
        kind: 'retry',
        reason: 'The token server answered 400',
        clientError: true,
      });
    } finally {
      await tokens.stop();
    }
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

  it('rejects, without a call, a template that this event can’t fill', async () => {
    const { outcome } = await deliver({
      format: 'template',
      template: '{"t":"{{ payload.nope }}"}',
    });
    expect(outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('payload.nope'),
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
        body: JSON.stringify({ access_token: 't0p-secret-access', expires_in: 3_600 }),
      }),
      isDelivery: ({ path }) => path === '/hooks',
      // Any 2xx of a webhook is a success, whatever its body.
      situations: { malformed: { outcome: 'delivered' } },
      repeatKey: ({ headers }) => headers['webhook-id'],
    },
  },
  { describe, it },
);
