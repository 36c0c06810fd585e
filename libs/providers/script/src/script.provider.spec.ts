import { DeliveredEvent, OutboundHttp, RecordedHttp } from '@nest-integrations/core';
import { describeProvider, Receiver } from '@nest-integrations/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptConfig } from './script-config.js';
import { ScriptProvider } from './script.provider.js';

const event = new DeliveredEvent(
  'ev-1',
  'incident.created',
  '2026-01-02T03:04:05.678Z',
  '{"title":"Down"}',
);

describe('a script', () => {
  const provider = new ScriptProvider();
  const outbound = new OutboundHttp({ allow: ['127.0.0.0/8'] });
  let receiver: Receiver;
  beforeAll(async () => (receiver = await Receiver.start()));
  afterAll(async () => {
    await provider.onApplicationShutdown();
    await outbound.close();
    await receiver.stop();
  });

  async function run(code: string, secrets: Record<string, string> = {}) {
    const notes: string[] = [];
    const config = scriptConfig.parse({ code, secrets });
    const secretValues = Object.values(secrets);
    const http = new RecordedHttp({ http: outbound, timeoutMs: 5_000, secretValues });
    const context = {
      config,
      event,
      http,
      delivery: { id: 'd', attempt: 1, isReplay: false, isTest: false },
      subscription: { id: 's', name: 'Mine' },
      note: (line: string) => void notes.push(line),
      connection: undefined,
      thread: null,
      signingSecrets: [],
      sockets: outbound.sockets,
      oauth: {
        accessToken: () => Promise.reject(new Error('none')),
        renew: () => Promise.reject(new Error('none')),
        send: () => Promise.reject(new Error('none')),
      },
      tell: () => undefined,
      signal: new AbortController().signal,
    };
    return { outcome: await provider.deliver(context), notes, exchange: http.exchange() };
  }

  it('delivers by fetch, with its secrets, which no record shows', async () => {
    receiver.answer(() => ({ status: 201, body: '{"id":"T-1"}' }));
    const { outcome, notes, exchange } = await run(
      `async (event) => {
        const response = await fetch('${receiver.url}', {
          method: 'POST',
          headers: { 'x-key': secrets.KEY },
          body: JSON.stringify({ title: event.payload.title, by: subscription.name }),
        });
        console.log('answered', response.status);
        return { delivered: { externalId: (await response.json()).id } };
      }`,
      { KEY: 'a-secret-of-the-script' },
    );
    expect(outcome).toEqual({ kind: 'delivered', externalId: 'T-1' });
    expect(notes).toEqual(['answered 201']);
    expect(receiver.requests[0]?.headers['x-key']).toBe('a-secret-of-the-script');
    expect(receiver.requests[0]?.body.toString()).toBe('{"title":"Down","by":"Mine"}');
    expect(JSON.stringify(exchange)).not.toContain('a-secret-of-the-script');
  });

  it.each([
    ['() => ({ retry: "busy", afterMs: 5 })', { kind: 'retry', reason: 'busy', afterMs: 5 }],
    ['() => ({ reject: "no" })', { kind: 'rejected', reason: 'no' }],
    ['() => 1', { kind: 'rejected', reason: expect.stringContaining('must return') }],
    [
      '() => {\n  throw new Error("x");\n}',
      { kind: 'retry', reason: expect.stringContaining('Error: x (line 2)') },
    ],
    [
      '() => JSON.parse("<html>")',
      { kind: 'retry', reason: expect.stringContaining('SyntaxError') },
    ],
    ['() => {', { kind: 'rejected', reason: expect.stringContaining('SyntaxError') }],
    ['() => { while (true) {} }', { kind: 'retry', reason: expect.stringContaining('500 ms') }],
    ['() => "a".repeat(1e9)', { kind: 'retry', reason: expect.stringContaining('memory') }],
    [
      'async () => { await fetch("http://169.254.169.254/") }',
      { kind: 'retry', reason: expect.stringContaining('169.254.169.254') },
    ],
  ])('ends in the outcome that it says: %s', async (code, expected) => {
    expect((await run(code)).outcome).toMatchObject(expected);
  });

  it('that can’t be read is refused when it is saved, with its line', () => {
    const config = scriptConfig.parse({ code: '(event) => {\n  return {;\n}' });
    expect(provider.validate(config)).toEqual([
      { field: 'code', message: expect.stringMatching(/^SyntaxError: .* \(line 2\)$/) },
    ]);
    expect(provider.validate(scriptConfig.parse({ code: '('.repeat(90_000) }))).toHaveLength(1);
    expect(provider.validate(scriptConfig.parse({ code: '() => ({ reject: "x" })' }))).toEqual([]);
  });
});

describeProvider(
  {
    name: 'script',
    provider: () => new ScriptProvider(),
    setups: {
      'with a secret': () => ({
        config: {
          code: '() => ({ delivered: true })',
          secrets: { API_KEY: 'not-a-real-token' },
        },
        secrets: ['config.secrets.API_KEY'],
      }),
    },
  },
  { describe, it },
);
