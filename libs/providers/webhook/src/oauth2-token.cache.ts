import { createHash } from 'node:crypto';
import {
  fromHttpError,
  fromResponse,
  IntegrationError,
  OutboundHttpError,
  rejected,
  retry,
  type DeliveryOutcome,
  type HttpCallOptions,
  type HttpClient,
  type OutboundResponse,
} from '@nest-integrations/core';
import { basicPair, type OAuth2Auth } from './webhook-auth.js';

/** No token could be got; `outcome` is what that means for the delivery. Neither holds a secret. */
export class TokenUnavailableError extends IntegrationError<'TOKEN_UNAVAILABLE'> {
  constructor(
    readonly reason: string,
    readonly outcome: DeliveryOutcome = retry(reason),
    options?: ErrorOptions,
  ) {
    super('TOKEN_UNAVAILABLE', reason, options);
  }
}

interface CachedToken {
  readonly token: string;
  /** By the cache's clock. */
  readonly refreshAt: number;
}

const MAX_TOKENS = 10_000;
const MAX_ANSWER_BYTES = 65_536;
const DEFAULT_LIFETIME_SECONDS = 3_600;
/** A token is renewed this long before it ends, or after four fifths of a short life. */
const MARGIN_SECONDS = 60;

/** OAuth 2 access tokens by client credentials (RFC 6749 §4.4), fetched once for all who need one. */
export class OAuth2TokenCache {
  private readonly tokens = new Map<string, CachedToken>();
  private readonly fetching = new Map<string, Promise<string>>();

  /** `now`: milliseconds. */
  constructor(private readonly now: () => number = Date.now) {}

  /** @throws TokenUnavailableError */
  async tokenFor(auth: OAuth2Auth, http: HttpClient): Promise<string> {
    const key = keyOf(auth);
    const cached = this.tokens.get(key);
    if (cached && cached.refreshAt > this.now()) return cached.token;
    let fetching = this.fetching.get(key);
    if (!fetching) {
      fetching = this.fetch(auth, key, http).finally(() => this.fetching.delete(key));
      this.fetching.set(key, fetching);
    }
    return fetching;
  }

  /** The receiver refused this token: the next attempt gets a new one, unless it is there already. */
  drop(auth: OAuth2Auth, token: string): void {
    const key = keyOf(auth);
    if (this.tokens.get(key)?.token === token) this.tokens.delete(key);
  }

  private async fetch(auth: OAuth2Auth, key: string, http: HttpClient): Promise<string> {
    const { token, lifetimeSeconds } = read(await answerOf(auth, http));
    const margin = Math.min(MARGIN_SECONDS, lifetimeSeconds / 5);
    // Deleted first: the order of the map is the order of age.
    this.tokens.delete(key);
    this.tokens.set(key, { token, refreshAt: this.now() + (lifetimeSeconds - margin) * 1_000 });
    if (this.tokens.size > MAX_TOKENS) {
      const [oldest] = this.tokens.keys();
      if (oldest !== undefined) this.tokens.delete(oldest);
    }
    return token;
  }
}

async function answerOf(auth: OAuth2Auth, http: HttpClient): Promise<string> {
  let response: OutboundResponse;
  try {
    response = await http.post(auth.tokenUrl, tokenRequest(auth));
  } catch (error) {
    if (!(error instanceof OutboundHttpError)) throw error;
    const reason = `The token server gave no answer: ${error.message}`;
    const outcome = fromHttpError(error).kind === 'rejected' ? rejected(reason) : retry(reason);
    throw new TokenUnavailableError(reason, outcome, { cause: error });
  }
  if (!response.ok) throw refusal(response);
  return response.text();
}

function tokenRequest(auth: OAuth2Auth): HttpCallOptions {
  const { clientId, clientSecret, scope, audience, authMethod } = auth;
  return {
    record: false,
    maxResponseBytes: MAX_ANSWER_BYTES,
    form: {
      grant_type: 'client_credentials',
      ...(scope === undefined ? {} : { scope }),
      ...(audience === undefined ? {} : { audience }),
      ...(authMethod === 'body' ? { client_id: clientId, client_secret: clientSecret } : {}),
    },
    headers: {
      accept: 'application/json',
      // RFC 6749 §2.3.1: both parts are form-encoded first.
      ...(authMethod === 'basic'
        ? { authorization: `Basic ${basicPair(formEncoded(clientId), formEncoded(clientSecret))}` }
        : {}),
    },
  };
}

/** Its `Retry-After` and its client errors count like the receiver's; its 410 disables nothing. */
function refusal(response: OutboundResponse): TokenUnavailableError {
  const reason = `The token server answered ${response.status}`;
  const meaning = fromResponse(response);
  return new TokenUnavailableError(
    reason,
    meaning.kind === 'retry' ? { ...meaning, reason } : retry(reason, { clientError: true }),
  );
}

function read(text: string): { token: string; lifetimeSeconds: number } {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // The parser's message would quote the answer, and with it the token.
    throw new TokenUnavailableError('The token server’s answer is not JSON');
  }
  if (typeof answer !== 'object' || answer === null || !('access_token' in answer)) {
    throw new TokenUnavailableError('The token server’s answer has no access_token');
  }
  const { access_token: token } = answer;
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new TokenUnavailableError('The token server’s access_token can’t be sent in a header');
  }
  const lifetime = 'expires_in' in answer ? Number(answer.expires_in) : Number.NaN;
  const isUsable = Number.isFinite(lifetime) && lifetime > 0;
  return { token, lifetimeSeconds: isUsable ? lifetime : DEFAULT_LIFETIME_SECONDS };
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** A digest: the cache keeps no client secret. */
function keyOf({ tokenUrl, clientId, clientSecret, scope, audience }: OAuth2Auth): string {
  return createHash('sha256')
    .update(JSON.stringify([tokenUrl, clientId, clientSecret, scope ?? '', audience ?? '']))
    .digest('hex');
}
