import { createHash } from 'node:crypto';
import { Receiver, type Answer, type ReceivedRequest } from './receiver.js';

interface Code {
  readonly challenge: string;
  readonly redirectUri: string;
  isUsed: boolean;
}

export interface AuthorizationServerClient {
  readonly id: string;
  readonly secret: string;
}

/**
 * A real OAuth 2 authorization server on 127.0.0.1, as strict as a good one: it refuses unknown clients,
 * sign-ins without PKCE or with a state that was used before, wrong verifiers, codes and refresh tokens
 * that come twice (and revokes what came of them).
 */
export class AuthorizationServer {
  /** What it hands out lives that long, in seconds. */
  lifetimeSeconds = 3_600;
  /** Whether each refresh brings another refresh token. */
  rotatesRefreshTokens = true;
  /** Whether sign-ins bring a refresh token at all. */
  givesRefreshTokens = true;
  /** What the person at the sign-in page does. */
  consents = true;
  /** Said to the next request for tokens instead of what it would say. */
  next: Answer | null = null;
  /** Form of each request for tokens. */
  readonly asked: URLSearchParams[] = [];
  private readonly codes = new Map<string, Code>();
  private readonly states = new Set<string>();
  private readonly refreshTokens = new Set<string>();
  private readonly valid = new Set<string>();
  private issued = 0;

  private constructor(
    readonly receiver: Receiver,
    private readonly client: AuthorizationServerClient,
  ) {}

  static async start(
    client: AuthorizationServerClient = { id: 'client', secret: 'cl1ent-secret' },
  ): Promise<AuthorizationServer> {
    const server = new AuthorizationServer(await Receiver.start(), client);
    server.receiver.answer((request) => server.answer(request));
    return server;
  }

  get tokenUrl(): string {
    return new URL('/token', this.receiver.url).href;
  }

  get authorizationUrl(): string {
    return new URL('/authorize', this.receiver.url).href;
  }

  /** Whether a bearer of this token is to be let in. */
  accepts(accessToken: string): boolean {
    return this.valid.has(accessToken);
  }

  /** Access tokens that are out are refused from now on; refresh tokens stay. */
  expireAccessTokens(): void {
    this.valid.clear();
  }

  /** What was ever granted is over. */
  revoke(): void {
    this.valid.clear();
    this.refreshTokens.clear();
  }

  stop(): Promise<void> {
    return this.receiver.stop();
  }

  private answer(request: ReceivedRequest): Answer {
    const { pathname, searchParams } = new URL(request.path, this.receiver.url);
    if (pathname === '/authorize') return this.authorize(searchParams);
    const form = new URLSearchParams(request.body.toString());
    this.asked.push(form);
    const { next } = this;
    this.next = null;
    return next ?? this.token(request, form);
  }

  private authorize(asked: URLSearchParams): Answer {
    const [redirectUri, state] = [asked.get('redirect_uri') ?? '', asked.get('state') ?? ''];
    const problem = this.problemOf(asked, state);
    if (problem !== null) return { status: 400, body: problem };
    this.states.add(state);
    const back = new URL(redirectUri);
    back.searchParams.set('state', state);
    if (this.consents) {
      const code = `code-${++this.issued}`;
      const challenge = asked.get('code_challenge') ?? '';
      this.codes.set(code, { challenge, redirectUri, isUsed: false });
      back.searchParams.set('code', code);
    } else {
      back.searchParams.set('error', 'access_denied');
      back.searchParams.set('error_description', 'The user said no');
    }
    return { status: 302, headers: { location: back.href } };
  }

  private problemOf(asked: URLSearchParams, state: string): string | null {
    if (asked.get('client_id') !== this.client.id) return 'unknown client';
    if (asked.get('response_type') !== 'code') return 'only codes';
    if (state === '' || this.states.has(state)) return 'state is missing or was used before';
    const hasPkce = asked.get('code_challenge') && asked.get('code_challenge_method') === 'S256';
    return hasPkce ? null : 'PKCE is needed';
  }

  private token(request: ReceivedRequest, form: URLSearchParams): Answer {
    if (!this.isClient(request, form)) return refused(401, 'invalid_client');
    const grant = form.get('grant_type');
    if (grant === 'client_credentials') return this.grant(null);
    if (grant === 'authorization_code') return this.byCode(form);
    if (grant === 'refresh_token') return this.byRefreshToken(form.get('refresh_token') ?? '');
    return refused(400, 'unsupported_grant_type');
  }

  private isClient({ headers }: ReceivedRequest, form: URLSearchParams): boolean {
    const [, pair] = /^Basic (.+)$/.exec(headers['authorization'] ?? '') ?? [];
    const [id, secret] = pair
      ? Buffer.from(pair, 'base64').toString().split(':').map(decodeForm)
      : [form.get('client_id'), form.get('client_secret')];
    return id === this.client.id && secret === this.client.secret;
  }

  private byCode(form: URLSearchParams): Answer {
    const code = this.codes.get(form.get('code') ?? '');
    if (!code) return refused(400, 'invalid_grant');
    if (code.isUsed) {
      this.revoke();
      return refused(400, 'invalid_grant', 'the code was used before');
    }
    code.isUsed = true;
    if (code.redirectUri !== form.get('redirect_uri')) return refused(400, 'invalid_grant');
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '');
    if (challenge.digest('base64url') !== code.challenge) {
      return refused(400, 'invalid_grant', 'wrong code_verifier');
    }
    return this.grant(this.givesRefreshTokens ? this.newRefreshToken() : null);
  }

  private byRefreshToken(given: string): Answer {
    if (!this.refreshTokens.has(given)) {
      this.revoke();
      return refused(400, 'invalid_grant', 'the grant is revoked');
    }
    if (!this.rotatesRefreshTokens) return this.grant(null);
    this.refreshTokens.delete(given);
    return this.grant(this.newRefreshToken());
  }

  private grant(refreshToken: string | null): Answer {
    const accessToken = `access-${++this.issued}`;
    this.valid.add(accessToken);
    return json(200, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: this.lifetimeSeconds,
      ...(refreshToken !== null && { refresh_token: refreshToken }),
    });
  }

  private newRefreshToken(): string {
    const token = `refresh-${++this.issued}`;
    this.refreshTokens.add(token);
    return token;
  }
}

function decodeForm(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'));
}

function refused(status: number, error: string, description?: string): Answer {
  return json(status, {
    error,
    ...(description !== undefined && { error_description: description }),
  });
}

function json(status: number, body: object): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}
