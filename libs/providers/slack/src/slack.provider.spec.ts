import {
  DeliveredEvent,
  OutboundHttp,
  RecordedHttp,
  type DeliveryContext,
  type DeliveryThread,
} from '@nest-integrations/core';
import {
  describeProvider,
  FakeSlack,
  oauthTokens,
  Receiver,
  type Answer,
} from '@nest-integrations/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  slackConfig,
  slackConnection,
  type SlackConfig,
  type SlackConnection,
} from './slack-config.js';
import { SlackProvider } from './slack.provider.js';

const TOKEN = 'xoxb-not-a-real-token';
const event = new DeliveredEvent(
  'ev-1',
  'incident.created',
  '2026-01-02T03:04:05.678Z',
  '{"incident":{"id":"INC-1","title":"<!channel> & co","open":true,"tags":["a"]}}',
);
const bot: SlackConnection = { method: 'bot', token: TOKEN };

const json = (body: object, answer: Answer = {}): Answer => ({
  headers: { 'content-type': 'application/json' },
  ...answer,
  body: JSON.stringify(body),
});

describe('slack', () => {
  let receiver: Receiver;
  let outbound: OutboundHttp;
  let slack: FakeSlack;
  let provider: SlackProvider;
  const origin = () => new URL(receiver.url).origin;
  const client = (secretValues: string[] = [TOKEN], timeoutMs = 2_000) =>
    new RecordedHttp({ http: outbound, timeoutMs, secretValues });

  beforeAll(async () => {
    receiver = await Receiver.start();
    outbound = new OutboundHttp({ allow: ['127.0.0.0/8'] });
  });

  beforeEach(() => {
    slack = new FakeSlack(TOKEN);
    receiver.requests.length = 0;
    receiver.answer((request) => slack.answer(request));
    provider = new SlackProvider(`${origin()}/api`);
  });

  afterAll(async () => {
    await outbound.close();
    await receiver.stop();
  });

  async function deliver(
    config: Partial<SlackConfig> = {},
    given: { connection?: SlackConnection; thread?: DeliveryThread; timeoutMs?: number } = {},
  ) {
    const { connection = bot, thread = null, timeoutMs } = given;
    const http = client(undefined, timeoutMs);
    const context: DeliveryContext<SlackConfig, SlackConnection> = {
      event,
      delivery: { id: 'd1', attempt: 1, isReplay: false, isTest: false },
      subscription: { id: 's1', name: 'Ops' },
      thread,
      config: slackConfig.parse({ channel: 'C0000001', ...config }),
      connection,
      signingSecrets: [],
      http,
      sockets: outbound.sockets,
      tell: () => undefined,
      oauth: oauthTokens(),
      note: () => undefined,
      signal: new AbortController().signal,
    };
    const outcome = await provider.deliver(context);
    return { outcome, exchange: http.exchange() };
  }

  const opened: DeliveryThread = {
    key: 'INC-1',
    externalId: 'C0000001/1700000000.000001',
    externalUrl: null,
  };

  it('posts the event and says where it is', async () => {
    const { outcome, exchange } = await deliver();
    expect(outcome).toEqual({
      kind: 'delivered',
      externalId: 'C0000001/1700000000.000001',
      externalUrl: 'https://acme.slack.com/archives/C0000001/p1700000000000001',
    });
    expect(exchange?.request?.url).toBe(`${origin()}/api/chat.postMessage`);
    expect(JSON.stringify(exchange)).not.toContain(TOKEN);
    expect(JSON.stringify(slack.messages[0]?.body)).toContain('*title*');
  });

  it('posts the event’s values where its template comes to nothing, which Slack would refuse', async () => {
    const { outcome } = await deliver({ text: ' {{ payload.none }}\n' });
    expect(outcome.kind).toBe('delivered');
    expect(slack.messages[0]?.body).toMatchObject({ text: '*incident.created*' });
  });

  it('lets no value mention anyone', async () => {
    await deliver();
    await deliver({ text: 'New: {{ payload.incident.title }}' });
    for (const { body } of slack.messages) {
      expect(JSON.stringify(body)).not.toContain('<!channel>');
      expect(JSON.stringify(body)).toContain('&lt;!channel&gt; &amp; co');
    }
  });

  it('posts blocks by a template, and rejects those that are none', async () => {
    const block = '{ "type": "section", "text": { "type": "mrkdwn", "text": {{ event.type }} } }';
    await deliver({ blocks: `[${block}]` });
    expect(slack.messages[0]?.body).toMatchObject({
      text: 'incident.created',
      blocks: [{ text: { text: 'incident.created' } }],
    });
    const { outcome } = await deliver({ blocks: '{}' });
    expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringMatching(/list of 1/) });
  });

  it('replies in its thread, broadcasts, or replaces the first message', async () => {
    await deliver();
    await deliver({}, { thread: opened });
    await deliver({ thread: 'reply-and-broadcast' }, { thread: opened });
    expect(slack.messages.slice(1).map(({ body }) => body)).toMatchObject([
      { thread_ts: '1700000000.000001', reply_broadcast: false },
      { thread_ts: '1700000000.000001', reply_broadcast: true },
    ]);
    const { outcome } = await deliver({ thread: 'update', text: 'Solved' }, { thread: opened });
    expect(outcome).toMatchObject({ externalId: 'C0000001/1700000000.000001' });
    expect(slack.messages).toHaveLength(3);
    expect(slack.messages[0]?.body).toMatchObject({ text: 'Solved', blocks: [] });
  });

  it.each(['reply', 'update'] as const)(
    'opens the thread anew where its message is gone (%s)',
    async (thread) => {
      const { outcome } = await deliver({ thread }, { thread: opened });
      expect(outcome).toMatchObject({ kind: 'delivered', reopensThread: true });
      expect(slack.messages[0]?.body).not.toHaveProperty('thread_ts');
    },
  );

  it('waits as long as Slack says when it is too much', async () => {
    slack.next = json(
      { ok: false, error: 'ratelimited' },
      { status: 429, headers: { 'retry-after': '30' } },
    );
    expect((await deliver()).outcome).toMatchObject({ kind: 'retry', afterMs: 30_000 });
    slack.next = json({ ok: false, error: 'internal_error' });
    expect((await deliver()).outcome).toEqual({
      kind: 'retry',
      reason: 'Slack answered internal_error',
    });
  });

  it.each([
    ['not_in_channel', /invite it/],
    ['token_revoked', /a new one/],
    ['is_archived', /archived/],
    ['something_new', /something_new/],
  ])('leaves %s to the retry policy, with its cure', async (error, cure) => {
    slack.next = json({ ok: false, error });
    const { outcome } = await deliver();
    expect(outcome).toMatchObject({ kind: 'retry', clientError: true });
    expect(outcome).toMatchObject({ reason: expect.stringMatching(cure) });
  });

  it.each(['invalid_blocks', 'msg_too_long', 'no_text'])('rejects on %s', async (error) => {
    slack.next = json({ ok: false, error });
    expect((await deliver()).outcome).toMatchObject({ kind: 'rejected' });
  });

  it.each<[string, Answer]>([
    ['an error of a server', { status: 503, body: 'try later' }],
    ['a body that is not Slack’s', { status: 200, body: '<html>' }],
  ])('tries again after %s', async (_what, answer) => {
    slack.next = answer;
    expect((await deliver()).outcome).toMatchObject({ kind: 'retry' });
  });

  it('gives up in time where no answer comes', async () => {
    slack.next = { instead: 'never' };
    await expect(deliver({}, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('needs a channel with a bot token', async () => {
    const { outcome } = await deliver({ channel: undefined });
    expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringMatching(/channel/) });
  });

  it('posts by an incoming webhook, and understands its plain errors', async () => {
    const url = `${origin()}/services/T1/B1/secret-part`;
    const connection = slackConnection.parse({ method: 'incoming-webhook', url });
    const { outcome } = await deliver({}, { connection });
    expect(outcome).toEqual({ kind: 'delivered' });
    slack.next = { status: 404, body: 'no_service' };
    expect((await deliver({}, { connection })).outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/make a new one/),
    });
    slack.next = { status: 400, body: 'invalid_payload' };
    expect((await deliver({}, { connection })).outcome).toMatchObject({ kind: 'rejected' });
  });

  it('tests a connection without posting', async () => {
    const context = {
      http: client(),
      sockets: outbound.sockets,
      oauth: oauthTokens(),
      signal: new AbortController().signal,
    };
    expect(await provider.testConnection({ connection: bot, ...context })).toEqual({
      ok: true,
      message: 'Signed in as notifier in Acme',
    });
    const connection: SlackConnection = { method: 'bot', token: 'xoxb-other' };
    await expect(provider.testConnection({ connection, ...context })).rejects.toThrow(
      /not valid: give the connection a new one/,
    );
    expect(slack.messages).toEqual([]);
  });

  it('lists channels by the page, and looks through pages for what is typed', async () => {
    const context = {
      connection: bot,
      values: {},
      http: client(),
      sockets: outbound.sockets,
      oauth: oauthTokens(),
      signal: new AbortController().signal,
    };
    expect(await provider.channels({ ...context, search: '' })).toEqual({
      options: [{ value: 'C0000001', label: '#general', description: 'The bot is not in it yet' }],
      nextCursor: 'dGVhbTpDMQ==',
    });
    expect(await provider.channels({ ...context, search: '#night' })).toEqual({
      options: [{ value: 'C0000002', label: '🔒 ops-night' }],
    });
  });
});

describeProvider(
  {
    name: 'slack',
    provider: (origin) => new SlackProvider(`${origin}/api`),
    setups: {
      'with a bot token': () => ({
        config: { channel: 'C0000001', text: 'New: {{ payload.incident.title }}' },
        connection: bot,
        secrets: ['connection.token'],
      }),
    },
    service: {
      start: () => {
        const slack = new FakeSlack(TOKEN);
        return (request) => slack.answer(request);
      },
      situations: { unauthorized: { answer: json({ ok: false, error: 'token_expired' }) } },
      delivered: {
        externalId: /^C0000001\/1700000000\.000001$/,
        externalUrl: /^https:\/\/acme\.slack\.com\/archives\//,
      },
      options: {
        channel: {
          options: [
            { value: 'C0000001', label: '#general', description: 'The bot is not in it yet' },
          ],
        },
      },
    },
  },
  { describe, it },
);

describeProvider(
  {
    name: 'slack',
    provider: () => new SlackProvider(),
    setups: {
      'with an incoming webhook': (origin) => ({
        config: {},
        connection: { method: 'incoming-webhook', url: `${origin}/services/T1/B1/secret-part` },
        secrets: ['connection.url'],
        secretTexts: ['secret-part'],
      }),
    },
    service: {
      start: () => {
        const slack = new FakeSlack(TOKEN);
        return (request) => slack.answer(request);
      },
      situations: {
        unauthorized: { answer: { status: 403, body: 'action_prohibited' } },
        // Its answer has nothing to know it by.
        malformed: { outcome: 'delivered' },
      },
      options: { channel: { options: /its own channel/ } },
    },
  },
  { describe, it },
);
