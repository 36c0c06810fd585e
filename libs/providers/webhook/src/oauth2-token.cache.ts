import { createHash } from 'node:crypto';
import type { HttpClient } from '@nest-integrations/core';
import type { WebhookAuth } from './webhook-config.js';

type OAuth2 = Extract<WebhookAuth, { type: 'oauth2' }>;

/** The token server gave none; `reason` holds no secret. */
export class TokenRefusedError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'TokenRefusedError';
  }
}

interface CachedToken {
  readonly token: string;
  /** By `Date.now()`. */
  readonly refreshAt: number;
}

const MAX_TOKENS = 10_000;
const DEFAULT_LIFETIME_SECONDS = 3_600;
/** A token is renewed this long before it ends, or after four fifths of a short life. */
const MARGIN_SECONDS = 60;

/** OAuth 2 access tokens by client credentials (RFC 6749 §4.4), fetched once for all who need one. */
export class OAuth2TokenCache {
  private readonly tokens = new Map<string, CachedToken>();
  private readonly fetching = new Map<string, Promise<string>>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @throws TokenRefusedError, OutboundHttpError */
  async tokenFor(auth: OAuth2, http: HttpClient): Promise<string> {
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

  /** The receiver refused it: the next attempt gets a new one. */
  drop(auth: OAuth2): void {
    this.tokens.delete(keyOf(auth));
  }

  private async fetch(auth: OAuth2, key: string, http: HttpClient): Promise<string> {
    const { clientId, clientSecret, scope, audience, authMethod } = auth;
    const response = await http.post(auth.tokenUrl, {
      record: false,
      form: {
        grant_type: 'client_credentials',
        ...(scope === undefined ? {} : { scope }),
        ...(audience === undefined ? {} : { audience }),
        ...(authMethod === 'body' ? { client_id: clientId, client_secret: clientSecret } : {}),
      },
      headers: {
        accept: 'application/json',
        ...(authMethod === 'basic' ? { authorization: basic(clientId, clientSecret) } : {}),
      },
    });
    if (!response.ok) throw new TokenRefusedError(`The token server answered ${response.status}`);
    const { token, lifetimeSeconds } = read(response.text());
    const margin = Math.min(MARGIN_SECONDS, lifetimeSeconds / 5);
    this.tokens.set(key, { token, refreshAt: this.now() + (lifetimeSeconds - margin) * 1_000 });
    if (this.tokens.size > MAX_TOKENS) {
      const [oldest] = this.tokens.keys();
      if (oldest !== undefined) this.tokens.delete(oldest);
    }
    return token;
  }
}

/** RFC 6749 §2.3.1: both parts are form-encoded first. */
function basic(clientId: string, clientSecret: string): string {
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function read(text: string): { token: string; lifetimeSeconds: number } {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new TokenRefusedError('The token server’s answer is not JSON');
  }
  if (typeof answer !== 'object' || answer === null || !('access_token' in answer)) {
    throw new TokenRefusedError('The token server’s answer has no access_token');
  }
  const { access_token: token } = answer;
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new TokenRefusedError('The token server’s access_token can’t be sent in a header');
  }
  const lifetime = 'expires_in' in answer ? Number(answer.expires_in) : Number.NaN;
  return {
    token,
    lifetimeSeconds:
      Number.isFinite(lifetime) && lifetime > 0 ? lifetime : DEFAULT_LIFETIME_SECONDS,
  };
}

function keyOf({ tokenUrl, clientId, clientSecret, scope, audience }: OAuth2): string {
  return createHash('sha256')
    .update(JSON.stringify([tokenUrl, clientId, clientSecret, scope ?? '', audience ?? '']))
    .digest('hex');
}
