import type { Answer, ReceivedRequest } from '../receiver.js';
import { jsonAnswer } from './json-answer.js';

export interface FakeTeamsAccess {
  /** Of the workflow's URL, in its parameter `sig`. */
  readonly signature: string;
  /** Of who signed in with Microsoft Graph. Left out: nobody did. */
  readonly accessToken?: string;
}

export interface TeamsMessage {
  /** Of the request. */
  readonly path: string;
  readonly card: Readonly<Record<string, unknown>>;
}

const TEAM = '11111111-2222-3333-4444-555555555555';
const CHANNEL = '19:ops@thread.tacv2';
const MAX_BYTES = 28_672;

/**
 * What a workflow's webhook and Microsoft Graph would answer, after their documentation
 * (https://learn.microsoft.com/graph/api/chatmessage-post): one team with two channels. It refuses what
 * they would refuse. Workflows are below `/workflows`, Graph is below `/v1.0`:
 * `receiver.answer((request) => teams.answer(request))`.
 */
export class FakeTeams {
  /** Where Graph posts, and nowhere else. */
  static readonly place = { teamId: TEAM, channelId: CHANNEL };
  /** What was posted, replies included. */
  readonly messages: TeamsMessage[] = [];
  /** What the next request is answered with, instead. */
  next: Answer | null = null;

  constructor(private readonly access: FakeTeamsAccess) {}

  answer(request: ReceivedRequest): Answer {
    const { next } = this;
    this.next = null;
    if (next) return next;
    if (request.body.length > MAX_BYTES) return refused(413, 'RequestEntityTooLarge');
    if (request.path.startsWith('/workflows/')) return this.workflow(request);
    const { accessToken } = this.access;
    const authorization = request.headers['authorization'];
    if (accessToken === undefined || authorization !== `Bearer ${accessToken}`) {
      return refused(401, 'InvalidAuthenticationToken');
    }
    return request.method === 'POST' ? this.message(request) : listed(request);
  }

  /** It answers before it posts: with no body, so that there is nothing to know the message by. */
  private workflow({ path, body }: ReceivedRequest): Answer {
    const signature = new URL(path, 'http://workflow').searchParams.get('sig');
    if (signature === null) return refused(401, 'DirectApiAuthorizationRequired');
    if (signature !== this.access.signature) return refused(401, 'AuthorizationFailed');
    const { type, attachments } = JSON.parse(body.toString());
    const [attachment] = attachments;
    const isCard = attachment.contentType === 'application/vnd.microsoft.card.adaptive';
    if (type !== 'message' || !isCard || attachment.content.type !== 'AdaptiveCard') {
      return refused(400, 'TriggerInputSchemaMismatch');
    }
    this.messages.push({ path, card: attachment.content });
    return { status: 202 };
  }

  private message({ path, body }: ReceivedRequest): Answer {
    const channel = `/v1.0/teams/${TEAM}/channels/${encodeURIComponent(CHANNEL)}/messages`;
    const [, first] = /\/messages\/(\d+)\/replies$/.exec(path) ?? [];
    if (!path.startsWith(channel) || (first !== undefined && !this.has(first))) {
      return refused(404, 'NotFound');
    }
    const { body: text, attachments } = JSON.parse(body.toString());
    const [{ id, content }] = attachments;
    if (text.contentType !== 'html' || !text.content.includes(`<attachment id="${id}">`)) {
      return refused(400, 'BadRequest');
    }
    this.messages.push({ path, card: JSON.parse(content) });
    const messageId = idOf(this.messages.length);
    const webUrl = `https://teams.microsoft.com/l/message/${messageId}`;
    return jsonAnswer({ id: messageId, webUrl }, { status: 201 });
  }

  private has(messageId: string): boolean {
    return this.messages.some((_, i) => messageId === idOf(i + 1));
  }
}

function idOf(position: number): string {
  return `17000000000${position}`;
}

function listed({ path, headers }: ReceivedRequest): Answer {
  const url = new URL(path, `http://${headers['host']}`);
  if (url.pathname === '/v1.0/me') {
    return jsonAnswer({ displayName: 'Notifier', userPrincipalName: 'notifier@acme.example' });
  }
  if (url.pathname === '/v1.0/me/joinedTeams') {
    return jsonAnswer({
      value: [{ id: TEAM, displayName: 'Platform', description: 'Runs it' }],
    });
  }
  if (url.pathname !== `/v1.0/teams/${TEAM}/channels`) return refused(404, 'NotFound');
  return url.searchParams.has('$skiptoken')
    ? jsonAnswer({
        value: [{ id: '19:night@thread.tacv2', displayName: 'Night', membershipType: 'private' }],
      })
    : jsonAnswer({
        value: [{ id: CHANNEL, displayName: 'Ops', membershipType: 'standard' }],
        '@odata.nextLink': `${url.origin}${url.pathname}?$skiptoken=2`,
      });
}

function refused(status: number, code: string): Answer {
  return jsonAnswer({ error: { code, message: `about ${code}` } }, { status });
}
