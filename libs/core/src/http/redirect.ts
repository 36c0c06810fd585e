import type { OutboundRequest, OutboundResponse } from './outbound-http.types.js';
import { isWellKnownSecretHeader } from './secret-names.js';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that speak of a body. */
const BODY_HEADER = /^content-/i;

export function isRedirect({ status, headers }: OutboundResponse): boolean {
  return REDIRECTS.has(status) && headers['location'] !== undefined;
}

/**
 * The request that follows a redirect; `undefined` where its location is no URL or would give up
 * TLS. Secret headers and the client certificate stay with the origin that they were meant for.
 */
export function redirected(
  request: OutboundRequest,
  response: OutboundResponse,
): OutboundRequest | undefined {
  const from = new URL(request.url);
  const to = locationOf(response, from);
  if (!to || (from.protocol === 'https:' && to.protocol === 'http:')) return undefined;
  const followed = { ...request, ...bodyPart(request, response.status), url: to.href };
  return from.origin === to.origin ? followed : { ...followed, ...publicPart(followed) };
}

function locationOf({ headers }: OutboundResponse, from: URL): URL | undefined {
  const location = headers['location'];
  return typeof location === 'string' && URL.canParse(location, from.href)
    ? new URL(location, from)
    : undefined;
}

type Part = Pick<OutboundRequest, 'method' | 'headers' | 'body' | 'tls'>;

/** As browsers do: 303, and 301 or 302 after a POST, ask with GET for what was made. */
function bodyPart({ method, headers, body }: OutboundRequest, status: number): Part {
  const becomesGet = (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST');
  return becomesGet
    ? {
        method: 'GET',
        headers: without(headers, (name) => BODY_HEADER.test(name)),
        body: undefined,
      }
    : { method, headers, body };
}

function publicPart({ method, headers, tls, secretHeaders = [] }: OutboundRequest): Part {
  const named = new Set(secretHeaders.map((name) => name.toLowerCase()));
  const isSecret = (name: string): boolean => {
    const lower = name.toLowerCase();
    return isWellKnownSecretHeader(lower) || named.has(lower);
  };
  return { method, headers: without(headers, isSecret), tls: tls?.ca ? { ca: tls.ca } : undefined };
}

function without(
  headers: Readonly<Record<string, string>> = {},
  isLeftOut: (name: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isLeftOut(name)));
}
