import {
  fromResponse,
  rejected,
  retry,
  type DeliveryOutcome,
  type HttpClient,
  type OutboundResponse,
} from '@nest-integrations/core';
import { z } from 'zod';

const failureForm = z.looseObject({
  message: z.string().optional(),
  errors: z.array(z.looseObject({ description: z.string() })).optional(),
});

const CURES: Readonly<Record<number, string>> = {
  401: 'its token is not valid: give the connection a new one',
  403: 'the bot may not post there: add it to the space',
  404: 'the space is not there, or the bot is not in it: add it, or choose another',
};

/** Webex's REST API for one token. https://developer.webex.com/docs/basics */
export class WebexApi {
  private readonly headers: Readonly<Record<string, string>>;

  constructor(
    private readonly http: HttpClient,
    private readonly url: string,
    token: string,
  ) {
    this.headers = { authorization: `Bearer ${token}` };
  }

  post(message: { roomId: string; markdown: string; parentId?: string }) {
    return this.http.post(`${this.url}/messages`, { json: message, headers: this.headers });
  }

  edit(id: string, message: { roomId: string; markdown: string }) {
    return this.http.put(`${this.url}/messages/${encodeURIComponent(id)}`, {
      json: message,
      headers: this.headers,
    });
  }

  /** @throws WebexError where it answers no success */
  async ask(path: string): Promise<OutboundResponse> {
    const response = await this.http.get(`${this.url}/${path}`, {
      headers: this.headers,
      record: false,
    });
    if (response.ok) return response;
    throw new WebexError(said(response));
  }
}

export class WebexError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WebexError';
  }
}

/** The query of the next page, of a `Link` header (RFC 8288); null: this was the last. */
export function nextQuery({ headers }: OutboundResponse): string | null {
  const links = [headers['link'] ?? []].flat().join(', ');
  const [, target] = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(links) ?? [];
  // Its query alone: a token is not sent to wherever an answer points.
  return (target === undefined ? undefined : URL.parse(target)?.search.slice(1)) || null;
}

/** The first message was deleted, or can be replied to no more. */
export function isParentGone(response: OutboundResponse): boolean {
  return (
    [400, 404].includes(response.status) && /parent|message.*not.*found/i.test(detailsOf(response))
  );
}

/** A message can be edited ten times. */
export function isEditRefused(response: OutboundResponse): boolean {
  return response.status === 400 && /edit/i.test(detailsOf(response));
}

/** What an answer means, where it is no success. */
export function failureOf(response: OutboundResponse): DeliveryOutcome {
  if (response.ok) return retry('Webex answered with a body that is not its own');
  if (response.status === 400) return rejected(said(response));
  if (CURES[response.status] === undefined) return fromResponse(response);
  return retry(said(response), { clientError: true });
}

function said(response: OutboundResponse): string {
  const cure = CURES[response.status] ?? detailsOf(response);
  return `Webex answered ${response.status}${cure === '' ? '' : `: ${cure}`}`;
}

function detailsOf(response: OutboundResponse): string {
  const { message, errors = [] } = failureForm.safeParse(bodyOf(response)).data ?? {};
  const described = errors.map(({ description }) => description).filter((text) => text !== message);
  return [message ?? '', ...described].filter((text) => text !== '').join('; ');
}

export function bodyOf(response: OutboundResponse): unknown {
  try {
    return response.json();
  } catch {
    return null;
  }
}
