import { OutboundHttp, RecordedHttp } from '@nest-integrations/core';
import { Receiver, type ReceivedRequest } from '@nest-integrations/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OAuth2TokenCache } from './oauth2-token.cache.js';
import type { OAuth2Auth } from './webhook-auth.js';

describe('OAuth 2 tokens', () => {
  let server: Receiver;
  let outbound: OutboundHttp;
  let http: RecordedHttp;
  let now: number;
  let cache: OAuth2TokenCache;

  beforeEach(async () => {
    server = await Receiver.start();
    outbound = new OutboundHttp({ allow: ['127.0.0.0/8'] });
    http = new RecordedHttp({ http: outbound, timeoutMs: 5_000 });
    now = Date.parse('2026-01-02T03:04:05Z');
    cache = new OAuth2TokenCache(() => now);
    answer(3_600);
  });

  afterEach(async () => {
    await outbound.close();
    await server.stop();
  });

  /** `token-0`, `token-1`, … */
  function answer(expiresIn: unknown): void {
    server.answer((_request, index) => ({
      body: JSON.stringify({ access_token: `token-${index}`, expires_in: expiresIn }),
    }));
  }

  const authOf = (changes: Partial<OAuth2Auth> = {}): OAuth2Auth => ({
    type: 'oauth2',
    tokenUrl: server.url,
    clientId: 'me',
    clientSecret: 'cl1ent-secret',
    authMethod: 'basic',
    ...changes,
  });
  const tokenFor = (changes: Partial<OAuth2Auth> = {}) => cache.tokenFor(authOf(changes), http);
  const lastRequest = (): ReceivedRequest | undefined => server.requests.at(-1);

  it('are fetched once for all who ask at the same time', async () => {
    const release = server.hold();
    const asked = [tokenFor(), tokenFor(), tokenFor()];
    await server.waitFor(1);
    release();
    expect(await Promise.all(asked)).toEqual(['token-0', 'token-0', 'token-0']);
    expect(server.requests).toHaveLength(1);
  });

  it('are kept apart by server, client, secret, scope and audience', async () => {
    await tokenFor();
    await tokenFor({ clientId: 'you' });
    await tokenFor({ clientSecret: 'another' });
    await tokenFor({ scope: 'hooks' });
    await tokenFor({ audience: 'api' });
    await tokenFor({ tokenUrl: `${server.url}?other` });
    expect(server.requests).toHaveLength(6);
  });

  it('are renewed a minute before they end, not later and not sooner', async () => {
    await tokenFor();
    now += 3_539_000;
    expect(await tokenFor()).toBe('token-0');
    now += 1_000;
    expect(await tokenFor()).toBe('token-1');
  });

  it('of a short life are used for most of it', async () => {
    answer(10);
    await tokenFor();
    now += 7_999;
    expect(await tokenFor()).toBe('token-0');
    now += 1;
    expect(await tokenFor()).toBe('token-1');
  });

  it('that the receiver refused are dropped, those that came since are kept', async () => {
    await tokenFor();
    cache.drop(authOf(), 'token-0');
    expect(await tokenFor()).toBe('token-1');
    cache.drop(authOf(), 'token-0');
    expect(await tokenFor()).toBe('token-1');
  });

  it('are asked for by the header, each part form-encoded', async () => {
    await tokenFor({ clientId: 'a b:ü', clientSecret: "!'*" });
    const expected = Buffer.from('a+b%3A%C3%BC:%21%27*').toString('base64');
    expect(lastRequest()?.headers['authorization']).toBe(`Basic ${expected}`);
    expect(lastRequest()?.body.toString()).toBe('grant_type=client_credentials');
  });

  it('are asked for by the form where the server wants it so', async () => {
    await tokenFor({ authMethod: 'body', scope: 'a b', audience: 'api' });
    expect(lastRequest()?.headers['authorization']).toBeUndefined();
    expect(lastRequest()?.body.toString()).toBe(
      'grant_type=client_credentials&scope=a+b&audience=api&client_id=me&client_secret=cl1ent-secret',
    );
  });

  it('appear in no log, nor does the call for them', async () => {
    await tokenFor();
    expect(http.exchange()).toBeNull();
  });

  it.each([
    [
      'is busy',
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'retry', afterMs: 7_000 },
    ],
    ['is down', { status: 503 }, { kind: 'retry' }],
    ['refuses the client', { status: 401 }, { kind: 'retry', clientError: true }],
    ['is gone', { status: 410 }, { kind: 'retry', clientError: true }],
    ['hangs up', { instead: 'reset' as const }, { kind: 'retry' }],
    ['answers nonsense', { body: 'cl1ent-secret' }, { kind: 'retry' }],
    ['answers without a token', { body: '{"access_tokens":1}' }, { kind: 'retry' }],
    ['answers a token of two lines', { body: '{"access_token":"a\\nb"}' }, { kind: 'retry' }],
  ])('tell what to do where the server %s, and no secret', async (_what, said, outcome) => {
    server.answer(() => said);
    const refused = await tokenFor().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'TOKEN_UNAVAILABLE',
      outcome: { ...outcome, reason: expect.stringMatching(/^The token server/) },
    });
    expect(JSON.stringify(refused) + String(refused)).not.toContain('cl1ent-secret');
  });

  it('are asked for anew after a failure', async () => {
    server.answer(() => ({ status: 500 }));
    await expect(tokenFor()).rejects.toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
    answer(3_600);
    expect(await tokenFor()).toBe('token-1');
  });

  it('are never asked for at a forbidden address', async () => {
    const guarded = new OutboundHttp();
    try {
      const refused = cache.tokenFor(
        authOf(),
        new RecordedHttp({ http: guarded, timeoutMs: 5_000 }),
      );
      await expect(refused).rejects.toMatchObject({ outcome: { kind: 'rejected' } });
      expect(server.requests).toHaveLength(0);
    } finally {
      await guarded.close();
    }
  });
});
