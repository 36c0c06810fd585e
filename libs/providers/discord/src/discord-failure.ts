import {
  fromResponse,
  rejected,
  retry,
  type DeliveryOutcome,
  type OutboundResponse,
} from '@nest-integrations/core';
import { z } from 'zod';

/** https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
const UNKNOWN_CHANNEL = 10_003;
const UNKNOWN_MESSAGE = 10_008;
const UNKNOWN_WEBHOOK = 10_015;
const TOO_LARGE = 40_005;
const EMPTY_MESSAGE = 50_006;
const INVALID_WEBHOOK_TOKEN = 50_027;
const INVALID_FORM = 50_035;

/** The message itself can't be posted, however often it is tried. */
const REJECTED = new Set([TOO_LARGE, EMPTY_MESSAGE, INVALID_FORM]);
/** What the thread was known by is there no longer. */
const THREAD_GONE = new Set([UNKNOWN_CHANNEL, UNKNOWN_MESSAGE]);
const CURES: Readonly<Record<number, string>> = {
  [UNKNOWN_CHANNEL]: 'the thread is not there: choose another',
  [UNKNOWN_WEBHOOK]: 'the webhook was deleted: make a new one, and give its URL to the connection',
  [INVALID_WEBHOOK_TOKEN]: 'the URL is not that of the webhook: copy it again into the connection',
  160_005: 'the thread is locked: unlock it, or choose another',
  220_001: 'the channel is a forum: give the subscription a title of the post, or a thread',
  220_002: 'a thread is chosen already: leave the title of the post empty',
  220_003: 'only a forum can have posts opened: leave the title of the post empty',
};
/** Discord's own limit for a webhook is counted over less than a minute. */
const WAIT_MS = 30_000;

const failure = z.looseObject({
  code: z.number().optional(),
  message: z.string().optional(),
  errors: z.unknown().optional(),
});
const limited = z.looseObject({ retry_after: z.number().min(0) });

export function isThreadGone(response: OutboundResponse): boolean {
  return THREAD_GONE.has(failure.safeParse(bodyOf(response)).data?.code ?? 0);
}

/** What an answer means, where it is no success. */
export function failureOf(response: OutboundResponse): DeliveryOutcome {
  const body = bodyOf(response);
  if (response.ok) return retry('Discord answered with a body that is not its own');
  if (response.status === 429) return limitOf(response, body);
  const { code, message, errors } = failure.safeParse(body).data ?? {};
  if (response.status >= 500 || code === undefined) return fromResponse(response);
  const details = errors === undefined ? '' : ` ${messagesIn(errors).join('; ')}`;
  const cure = CURES[code];
  const reason = `Discord answered ${code} ${message ?? ''}${cure === undefined ? details : `: ${cure}`}`;
  return REJECTED.has(code) ? rejected(reason) : retry(reason, { clientError: true });
}

/** The body says it to the millisecond; a proxy before Discord has the header alone. */
function limitOf(response: OutboundResponse, body: unknown): DeliveryOutcome {
  const seconds = limited.safeParse(body).data?.retry_after;
  const reason = 'Discord answered 429: too many messages';
  if (seconds !== undefined) return retry(reason, { afterMs: Math.ceil(seconds * 1_000) });
  const asked = fromResponse(response);
  return retry(reason, {
    afterMs: (asked.kind === 'retry' ? asked.afterMs : undefined) ?? WAIT_MS,
  });
}

/** `{ embeds: { 0: { title: { _errors: [{ message }] } } } }`, each with its path. */
function messagesIn(errors: unknown, path = ''): string[] {
  if (typeof errors !== 'object' || errors === null) return [];
  return Object.entries(errors).flatMap(([name, value]: [string, unknown]) => {
    if (name !== '_errors') return messagesIn(value, path === '' ? name : `${path}.${name}`);
    const found = z.array(z.looseObject({ message: z.string() })).safeParse(value).data ?? [];
    return found.map(({ message }) => `${path}: ${message}`);
  });
}

export function bodyOf(response: OutboundResponse): unknown {
  try {
    return response.json();
  } catch {
    return null;
  }
}
