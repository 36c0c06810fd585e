import { DeliveredEvent, ProviderTrial, type DeliveryThread } from '@nest-integrations/core';
import {
  describeProvider,
  Receiver,
  type Answer,
  type ReceivedRequest,
} from '@nest-integrations/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiscordProvider } from './discord.provider.js';

const TOKEN = 'not-a-real-token-of-a-webhook';
const PATH = `/api/webhooks/1000001/${TOKEN}`;

const json = (status: number, body: object, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

interface Posted {
  readonly channel: string;
  readonly id: string;
  body: Record<string, unknown>;
}

/** What Discord would answer, after its published API; it refuses what Discord would refuse. */
class FakeDiscord {
  readonly messages: Posted[] = [];
  readonly threads = new Set(['3000001']);
  next: Answer | null = null;

  constructor(private readonly kind: 'text' | 'forum' = 'text') {}

  answer({ method, path, body: sent }: ReceivedRequest): Answer {
    const { pathname, searchParams } = new URL(path, 'http://discord');
    if (!pathname.startsWith('/api/webhooks/1000001/')) {
      return json(404, { message: 'Unknown Webhook', code: 10_015 });
    }
    if (!pathname.startsWith(PATH))
      return json(401, { message: 'Invalid Webhook Token', code: 50_027 });
    if (method === 'GET') {
      return json(200, { id: '1000001', name: 'Notifier', guild_id: '9', channel_id: '2000001' });
    }
    const { next } = this;
    this.next = null;
    if (next) return next;
    const body: Record<string, unknown> = JSON.parse(sent.toString());
    const thread = searchParams.get('thread_id');
    if (thread !== null && !this.threads.has(thread)) {
      return json(404, { message: 'Unknown Channel', code: 10_003 });
    }
    if (method === 'PATCH') return this.edit(pathname.slice(`${PATH}/messages/`.length), body);
    if (searchParams.get('wait') !== 'true') return { status: 204 };
    return this.post(body, thread);
  }

  private post(body: Record<string, unknown>, thread: string | null): Answer {
    const { content, embeds, thread_name: name } = body;
    if (!content && !(Array.isArray(embeds) && embeds.length > 0)) {
      return json(400, { message: 'Cannot send an empty message', code: 50_006 });
    }
    if (typeof content === 'string' && content.length > 2_000) {
      return json(400, { message: 'Invalid Form Body', code: 50_035 });
    }
    if (this.kind === 'text' && name !== undefined) {
      return json(400, {
        message: 'Webhooks can only create threads in forum channels',
        code: 220_003,
      });
    }
    if (this.kind === 'forum' && name === undefined && thread === null) {
      return json(400, { message: 'A thread_name or thread_id is needed', code: 220_001 });
    }
    const opened = name === undefined ? null : `300000${this.threads.size + 1}`;
    if (opened) this.threads.add(opened);
    const message = {
      channel: opened ?? thread ?? '2000001',
      id: `400000${this.messages.length + 1}`,
      body,
    };
    this.messages.push(message);
    return json(200, { id: message.id, channel_id: message.channel });
  }

  private edit(id: string, body: Record<string, unknown>): Answer {
    const message = this.messages.find((other) => other.id === id);
    if (!message) return json(404, { message: 'Unknown Message', code: 10_008 });
    message.body = body;
    return json(200, { id, channel_id: message.channel });
  }
}

describe('discord', () => {
  let receiver: Receiver;
  let discord: FakeDiscord;
  let trial: ProviderTrial;
  const connection = () => ({ url: `${new URL(receiver.url).origin}${PATH}` });

  beforeEach(async () => {
    receiver = await Receiver.start();
    trial = new ProviderTrial(new DiscordProvider(), { allow: ['127.0.0.0/8'] });
    use(new FakeDiscord());
  });

  afterEach(async () => {
    await trial.close();
    await receiver.stop();
  });

  function use(fake: FakeDiscord): void {
    discord = fake;
    receiver.answer((request) => discord.answer(request));
  }

  async function deliver(config: object = {}, externalId?: string) {
    const payload = { incident: { id: 'INC-1', title: '@everyone **look**' } };
    const event = new DeliveredEvent(
      'ev-1',
      'incident.created',
      '2026-01-31T12:00:00.000Z',
      JSON.stringify(payload),
    );
    const thread: DeliveryThread | null =
      externalId === undefined ? null : { key: 'INC-1', externalId, externalUrl: null };
    const { outcome } = await trial.attempt(
      { config, connection: connection() },
      { event, thread },
    );
    return outcome;
  }

  it('posts an embed of the event, and says where it is', async () => {
    expect(await deliver()).toEqual({
      kind: 'delivered',
      externalId: '2000001/4000001',
      externalUrl: 'https://discord.com/channels/9/2000001/4000001',
    });
    expect(discord.messages[0]?.body).toMatchObject({
      embeds: [{ title: 'incident.created', fields: [{ name: 'id' }, { name: 'title' }] }],
    });
  });

  it('mentions nobody, and takes no value for markup', async () => {
    await deliver({ content: 'New: {{ payload.incident.title }}' });
    const { content, allowed_mentions: allowed } = discord.messages[0]?.body ?? {};
    expect(allowed).toEqual({ parse: [] });
    expect(content).toBe(String.raw`New: \@everyone \*\*look\*\*`);
  });

  it('posts embeds by a template, and rejects what is no list of them', async () => {
    await deliver({ embeds: '[{ "title": {{ payload.incident.id }} }]' });
    expect(discord.messages[0]?.body).toMatchObject({ content: '', embeds: [{ title: 'INC-1' }] });
    expect(await deliver({ embeds: '{}' })).toMatchObject({ kind: 'rejected' });
  });

  it('opens a post of a forum, and adds to it', async () => {
    use(new FakeDiscord('forum'));
    const config = { threadName: 'Incident {{ payload.incident.id }}' };
    expect(await deliver(config)).toMatchObject({ externalId: '3000002/4000001' });
    expect(await deliver(config, '3000002/4000001')).toMatchObject({
      externalId: '3000002/4000002',
    });
    expect(discord.messages.map(({ body }) => body['thread_name'])).toEqual([
      'Incident INC-1',
      undefined,
    ]);
  });

  it('replaces the first message, and opens anew where that is gone', async () => {
    await deliver();
    expect(await deliver({ thread: 'update', content: 'Solved' }, '2000001/4000001')).toMatchObject(
      {
        externalId: '2000001/4000001',
      },
    );
    expect(discord.messages).toMatchObject([{ body: { content: 'Solved' } }]);
    expect(await deliver({ thread: 'update' }, '2000001/4999999')).toMatchObject({
      externalId: '2000001/4000002',
      reopensThread: true,
    });
  });

  it('posts to the thread of its config', async () => {
    expect(await deliver({ threadId: '3000001' })).toMatchObject({ externalId: '3000001/4000001' });
    expect(await deliver({ threadId: '3000009' })).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/choose another/),
    });
  });

  it.each([
    [404, 10_015, /make a new one/],
    [401, 50_027, /copy it again/],
    [400, 220_001, /title of the post/],
    [400, 220_003, /leave the title/],
  ])('leaves %i with code %i to the retry policy, with its cure', async (status, code, cure) => {
    discord.next = json(status, { message: 'No', code });
    expect(await deliver()).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(cure),
    });
  });

  it('rejects a message that Discord can’t take, and says which part of it', async () => {
    const errors = { embeds: { 0: { title: { _errors: [{ code: 'X', message: 'Too long' }] } } } };
    discord.next = json(400, { message: 'Invalid Form Body', code: 50_035, errors });
    expect(await deliver()).toEqual({
      kind: 'rejected',
      reason: 'Discord answered 50035 Invalid Form Body embeds.0.title: Too long',
    });
  });

  it('waits to the millisecond as the body of a 429 says', async () => {
    const body = { message: 'You are being rate limited.', retry_after: 1.337, global: false };
    discord.next = json(429, body, { 'retry-after': '2' });
    expect(await deliver()).toMatchObject({ kind: 'retry', afterMs: 1_337 });
  });

  it('tests a webhook without posting', async () => {
    expect(await trial.testConnection(connection())).toEqual({
      ok: true,
      message: 'The webhook Notifier is there',
    });
    const other = `${connection().url.slice(0, -TOKEN.length)}some-other-token`;
    expect(await trial.testConnection({ url: other })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/copy it again/),
    });
    expect(discord.messages).toEqual([]);
  });

  it('takes no URL but that of a webhook', () => {
    expect(() => trial.connection({ url: 'https://discord.com/channels/1/2' })).toThrow(/webhooks/);
  });
});

describeProvider(
  {
    name: 'discord',
    provider: () => new DiscordProvider(),
    setups: {
      'by a webhook': (origin) => ({
        config: { content: '{{ payload.incident.title }}' },
        connection: { url: `${origin}${PATH}` },
        secrets: ['connection.url'],
        secretTexts: [TOKEN],
      }),
    },
    service: {
      start: () => {
        const discord = new FakeDiscord();
        return (request) => discord.answer(request);
      },
      rateLimit: (seconds) => json(429, { message: 'Slow down', retry_after: seconds }),
      situations: {
        unauthorized: { answer: json(401, { message: 'Invalid Webhook Token', code: 50_027 }) },
      },
      delivered: {
        externalId: /^2000001\/4000001$/,
        externalUrl: /^https:\/\/discord\.com\/channels\/9\//,
      },
      options: {},
    },
  },
  { describe, it },
);
