import {
  delivered,
  fromResponse,
  rejected,
  retry,
  type DeliveryOutcome,
  type HttpClient,
  type OutboundResponse,
} from '@nest-integrations/core';
import { z } from 'zod';

/** An answer of the Web API: errors come with status 200 too. https://docs.slack.dev/apis/web-api */
const answerForm = z.looseObject({ ok: z.boolean(), error: z.string().optional() });
export type SlackAnswer = z.output<typeof answerForm>;

/** The message itself can't be sent, however often it is tried. */
const REJECTED = new Set([
  'msg_too_long',
  'msg_blocks_too_long',
  'no_text',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_arguments',
  'invalid_arg_name',
  'too_many_attachments',
  'invalid_payload',
]);
/** Slack's own trouble, or too much at once. */
const RETRIED = new Set([
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);
/** What the thread was known by is there no longer. */
const THREAD_GONE = new Set([
  'thread_not_found',
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
]);
const CURES: Readonly<Record<string, string>> = {
  invalid_auth: 'its token is not valid: give the connection a new one',
  not_authed: 'its token is not valid: give the connection a new one',
  token_revoked: 'its token was revoked: give the connection a new one',
  token_expired: 'its token has expired: give the connection a new one',
  account_inactive: 'its app or user was removed: install the app again',
  channel_not_found: 'the channel is not there, or is private and the bot is not in it',
  not_in_channel: 'the bot is not in the channel: invite it',
  is_archived: 'the channel is archived',
  missing_scope: 'the app lacks a scope: add it and install the app again',
  no_service: 'the incoming webhook was removed: make a new one',
  channel_is_archived: 'the channel is archived',
};

/** Slack's Web API for one token. */
export class SlackApi {
  constructor(
    private readonly http: HttpClient,
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** A method with a JSON body, as it is recorded. */
  post(method: string, json: object): Promise<OutboundResponse> {
    return this.http.post(`${this.url}/${method}`, {
      json,
      headers: { authorization: `Bearer ${this.token}` },
      maxRedirects: 0,
    });
  }

  /** A method that only asks. @throws SlackError where it answers an error */
  async ask(method: string, query: Readonly<Record<string, string>> = {}): Promise<SlackAnswer> {
    const response = await this.http.get(`${this.url}/${method}?${new URLSearchParams(query)}`, {
      headers: { authorization: `Bearer ${this.token}` },
      record: false,
    });
    const answer = answerOf(response);
    if (answer?.ok) return answer;
    throw new SlackError(answer?.error ?? `status ${response.status}`);
  }
}

export class SlackError extends Error {
  constructor(code: string) {
    super(said(code));
    this.name = 'SlackError';
  }
}

/** Null: not an answer of Slack's. */
export function answerOf(response: OutboundResponse): SlackAnswer | null {
  try {
    return answerForm.safeParse(response.json()).data ?? null;
  } catch {
    return null;
  }
}

export function isThreadGone(response: OutboundResponse): boolean {
  return THREAD_GONE.has(answerOf(response)?.error ?? '');
}

/** What an answer of the Web API means, where it is no success. */
export function failureOf(response: OutboundResponse): DeliveryOutcome {
  const answer = answerOf(response);
  if (response.status !== 200 && answer?.error === undefined) return fromResponse(response);
  if (!answer) return retry('Slack answered 200 with a body that is not its own');
  return meaningOf(answer.error ?? 'unknown_error', response);
}

/** What an incoming webhook answered: `ok`, or the name of an error in plain text. */
export function ofIncomingWebhook(response: OutboundResponse): DeliveryOutcome {
  if (response.ok) return delivered();
  const code = response.text().trim();
  return /^[a-z_]{3,60}$/.test(code) ? meaningOf(code, response) : fromResponse(response);
}

function meaningOf(code: string, response: OutboundResponse): DeliveryOutcome {
  const reason = said(code);
  if (REJECTED.has(code)) return rejected(reason);
  if (!RETRIED.has(code) && response.status < 500) return retry(reason, { clientError: true });
  const waiting = fromResponse({ ...response, ok: false, status: 429 });
  const afterMs = waiting.kind === 'retry' ? waiting.afterMs : undefined;
  return retry(reason, afterMs === undefined ? {} : { afterMs });
}

function said(code: string): string {
  const cure = CURES[code];
  return `Slack answered ${code}${cure === undefined ? '' : `: ${cure}`}`;
}
