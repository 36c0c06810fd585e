import { DeliveredEvent, ProviderTrial, type DeliveryThread } from '@nest-integrations/core';
import {
  describeProvider,
  Receiver,
  type Answer,
  type ReceivedRequest,
} from '@nest-integrations/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebexProvider } from './webex.provider.js';

const TOKEN = 'not-a-real-token-of-a-bot';
const ROOM = 'Y2lzY29zcGFyazovL3VzL1JPT00vMQ';
const OTHER = 'Y2lzY29zcGFyazovL3VzL1JPT00vMg';
const connection = { token: TOKEN };

const json = (status: number, body: object, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const failure = (status: number, message: string) =>
  json(status, { message, errors: [{ description: message }], trackingId: 'ROUTER_1' });

interface Posted {
  readonly id: string;
  edits: number;
  body: Record<string, unknown>;
}

/** What Webex would answer, after its published API; it refuses what Webex would refuse. */
class FakeWebex {
  readonly messages: Posted[] = [];
  next: Answer | null = null;

  answer({ method, path, headers, body: sent }: ReceivedRequest): Answer {
    if (headers['authorization'] !== `Bearer ${TOKEN}`) {
      return failure(
        401,
        'The request requires a valid access token set in the Authorization header',
      );
    }
    const { pathname, searchParams } = new URL(path, 'http://webex');
    if (pathname === '/v1/people/me') return json(200, { displayName: 'Notifier' });
    if (pathname === '/v1/rooms') return this.rooms(searchParams, headers['host'] ?? '');
    const { next } = this;
    this.next = null;
    if (next) return next;
    const body: Record<string, unknown> = JSON.parse(sent.toString());
    if (body['roomId'] !== ROOM) return failure(404, 'The requested resource could not be found.');
    if (Buffer.byteLength(String(body['markdown'])) > 7_439)
      return failure(400, 'message too long');
    if (method === 'PUT') return this.edit(pathname.slice('/v1/messages/'.length), body);
    const { parentId } = body;
    if (parentId !== undefined && !this.messages.some(({ id }) => id === parentId)) {
      return failure(404, 'Unable to find the parent message');
    }
    const id = `message-${this.messages.length + 1}`;
    this.messages.push({ id, edits: 0, body });
    return json(200, { id, roomId: ROOM });
  }

  private edit(id: string, body: Record<string, unknown>): Answer {
    const message = this.messages.find((other) => other.id === id);
    if (!message) return failure(404, 'Message not found');
    if (message.edits === 10) return failure(400, 'The edit limit has been reached');
    Object.assign(message, { body, edits: message.edits + 1 });
    return json(200, { id, roomId: ROOM });
  }

  private rooms(query: URLSearchParams, host: string): Answer {
    if (query.get('cursor') === 'second') {
      return json(200, { items: [{ id: OTHER, title: 'Night shift', type: 'direct' }] });
    }
    const next = `http://${host}/v1/rooms?max=100&cursor=second`;
    return json(
      200,
      { items: [{ id: ROOM, title: 'Operations', type: 'group' }] },
      { link: `<${next}>; rel="next"` },
    );
  }
}

describe('webex', () => {
  let receiver: Receiver;
  let webex: FakeWebex;
  let trial: ProviderTrial;

  beforeEach(async () => {
    receiver = await Receiver.start();
    webex = new FakeWebex();
    receiver.answer((request) => webex.answer(request));
    const provider = new WebexProvider(`${new URL(receiver.url).origin}/v1`);
    trial = new ProviderTrial(provider, { allow: ['127.0.0.0/8'] });
  });

  afterEach(async () => {
    await trial.close();
    await receiver.stop();
  });

  async function deliver(config: object = {}, externalId?: string, title = '<@all> *now*') {
    const payload = JSON.stringify({ incident: { id: 'INC-1', title } });
    const event = new DeliveredEvent(
      'ev-1',
      'incident.created',
      '2026-01-31T12:00:00.000Z',
      payload,
    );
    const thread: DeliveryThread | null =
      externalId === undefined ? null : { key: 'INC-1', externalId, externalUrl: null };
    const setup = { config: { roomId: ROOM, ...config }, connection };
    return (await trial.attempt(setup, { event, thread })).outcome;
  }

  it('posts the event, and lets no value mention anyone', async () => {
    expect(await deliver()).toEqual({ kind: 'delivered', externalId: 'message-1' });
    await deliver({ markdown: 'New: {{ payload.incident.title }}' });
    expect(webex.messages[0]?.body['markdown']).toMatch(/^\*\*incident\\\.created\*\*/);
    for (const { body } of webex.messages) {
      expect(body['markdown']).toContain(String.raw`\<\@all\> \*now\*`);
    }
  });

  it('cuts a message to what Webex takes, between characters', async () => {
    const text = '€'.repeat(6_000);
    expect(await deliver({ markdown: text })).toMatchObject({ kind: 'delivered' });
    expect(webex.messages[0]?.body['markdown']).toBe('€'.repeat(Math.floor(7_439 / 3)));
  });

  it('replies in its thread, and opens it anew where its message is gone', async () => {
    await deliver();
    expect(await deliver({}, 'message-1')).toMatchObject({ externalId: 'message-2' });
    expect(webex.messages[1]?.body['parentId']).toBe('message-1');
    const outcome = await deliver({}, 'message-9');
    expect(outcome).toMatchObject({ externalId: 'message-3', reopensThread: true });
    expect(webex.messages[2]?.body).not.toHaveProperty('parentId');
  });

  it('replaces the first message ten times, then replies', async () => {
    await deliver();
    for (let edit = 0; edit < 10; edit++) await deliver({ thread: 'update' }, 'message-1');
    expect(webex.messages).toHaveLength(1);
    expect(await deliver({ thread: 'update' }, 'message-1')).toMatchObject({
      externalId: 'message-2',
    });
    expect(webex.messages[1]?.body['parentId']).toBe('message-1');
  });

  it.each([
    [401, /a new one/],
    [403, /add it to the space/],
    [404, /not in it/],
  ])('leaves %i to the retry policy, with its cure', async (status, cure) => {
    webex.next = failure(status, 'No');
    expect(await deliver()).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(cure),
    });
  });

  it('rejects a message that Webex can’t take, with what it says', async () => {
    webex.next = failure(400, 'Message text is invalid');
    expect(await deliver()).toEqual({
      kind: 'rejected',
      reason: 'Webex answered 400: Message text is invalid',
    });
  });

  it('tests a token without posting', async () => {
    expect(await trial.testConnection(connection)).toEqual({
      ok: true,
      message: 'Signed in as Notifier',
    });
    expect(await trial.testConnection({ token: 'some-other-token-of-a-bot' })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/a new one/),
    });
  });

  it('lists spaces by the page, and looks through pages for what is typed', async () => {
    const setup = { config: { roomId: ROOM }, connection };
    const first = await trial.options(setup, { field: 'roomId' });
    expect(first.options).toEqual([{ value: ROOM, label: 'Operations' }]);
    const second = [{ value: OTHER, label: 'Night shift', description: 'Between two people' }];
    const { nextCursor: cursor } = first;
    expect(cursor).toBeDefined();
    expect(await trial.options(setup, { field: 'roomId', cursor: cursor ?? '' })).toEqual({
      options: second,
    });
    expect(await trial.options(setup, { field: 'roomId', search: 'night' })).toEqual({
      options: second,
    });
  });
});

describeProvider(
  {
    name: 'webex',
    provider: (origin) => new WebexProvider(`${origin}/v1`),
    setups: {
      'with a bot token': () => ({
        config: { roomId: ROOM, markdown: '{{ payload.incident.title }}' },
        connection,
        secrets: ['connection.token'],
      }),
    },
    service: {
      start: () => {
        const webex = new FakeWebex();
        return (request) => webex.answer(request);
      },
      delivered: { externalId: /^message-1$/ },
      options: { roomId: { options: [{ value: ROOM, label: 'Operations' }] } },
    },
  },
  { describe, it },
);
