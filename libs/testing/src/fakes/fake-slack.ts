import type { Answer, ReceivedRequest } from '../receiver.js';
import { jsonAnswer } from './json-answer.js';

export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  body: Readonly<Record<string, unknown>>;
}

const CURSOR = 'dGVhbTpDMQ==';

/**
 * What Slack would answer, after its published API (https://docs.slack.dev/apis/web-api): one workspace
 * with two channels. It refuses what Slack would refuse. Its methods are below `/api`, its incoming
 * webhooks below `/services`: `receiver.answer((request) => slack.answer(request))`.
 */
export class FakeSlack {
  /** What was posted, replies included. */
  readonly messages: SlackMessage[] = [];
  /** What the next message is answered with, instead. */
  next: Answer | null = null;

  constructor(private readonly token: string) {}

  answer(request: ReceivedRequest): Answer {
    const path = request.path.split('?')[0] ?? '';
    if (path.startsWith('/services/')) return this.next ?? { body: 'ok' };
    if (request.headers['authorization'] !== `Bearer ${this.token}`) return refused('invalid_auth');
    if (path === '/api/auth.test') {
      return jsonAnswer({
        ok: true,
        url: 'https://acme.slack.com/',
        team: 'Acme',
        user: 'notifier',
      });
    }
    if (path === '/api/conversations.list') return channels(request);
    const { next } = this;
    this.next = null;
    if (next) return next;
    const body: Record<string, unknown> = JSON.parse(request.body.toString());
    if (path === '/api/chat.update') return this.update(body);
    return path === '/api/chat.postMessage' ? this.post(body) : refused('unknown_method');
  }

  private post(body: Readonly<Record<string, unknown>>): Answer {
    const { channel, thread_ts: threadTs } = body;
    if (channel !== 'C0000001') return refused('channel_not_found');
    if (!body['text'] && !body['blocks']) return refused('no_text');
    if (threadTs && !this.messages.some(({ ts }) => ts === threadTs)) {
      return refused('thread_not_found');
    }
    const ts = `1700000000.${String(this.messages.length + 1).padStart(6, '0')}`;
    this.messages.push({ channel, ts, body });
    return jsonAnswer({ ok: true, channel, ts });
  }

  private update(body: Readonly<Record<string, unknown>>): Answer {
    const message = this.messages.find(({ ts }) => ts === body['ts']);
    if (!message) return refused('message_not_found');
    message.body = body;
    return jsonAnswer({ ok: true, channel: message.channel, ts: message.ts });
  }
}

function refused(error: string): Answer {
  return jsonAnswer({ ok: false, error });
}

function channels({ path }: ReceivedRequest): Answer {
  const isSecond = new URL(path, 'http://slack').searchParams.get('cursor') === CURSOR;
  return jsonAnswer({
    ok: true,
    channels: isSecond
      ? [{ id: 'C0000002', name: 'ops-night', is_private: true, is_member: true }]
      : [{ id: 'C0000001', name: 'general', is_private: false, is_member: false }],
    response_metadata: { next_cursor: isSecond ? '' : CURSOR },
  });
}
