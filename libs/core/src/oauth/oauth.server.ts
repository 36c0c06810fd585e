import { Injectable } from '@nestjs/common';
import * as oauth from 'oauth4webapi';
import { OutboundHttp } from '../http/outbound-http.js';
import { OutboundHttpError, type OutboundResponse } from '../http/outbound-http.types.js';
import { retryAfterMs } from '../http/retry-after.js';
import { InvalidInputError } from '../integration.error.js';
import { SecretValues } from '../http/secret-values.js';
import { rejected, retry } from '../providers/delivery-outcome.js';
import type {
  AuthorizationCodeClient,
  ClientCredentialsClient,
  OAuthClient,
} from './oauth-client.js';
import { OAuthTokenError } from './oauth-token.error.js';

/** What an authorization server gave. */
export interface GrantedTokens {
  readonly accessToken: string;
  /** `null`: none came. */
  readonly refreshToken: string | null;
  readonly lifetimeSeconds: number;
}

/** The grant is over or was never good (`invalid_grant`): asking again is of no use. */
export class GrantRefusedError extends OAuthTokenError {
  constructor(message: string) {
    super(message, retry(message, { clientError: true }));
  }
}

/** One attempt to sign in: what ties the page that the admin was sent to with the code that came back. */
export interface SignInRequest {
  readonly state: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 262_144;
const DEFAULT_LIFETIME_SECONDS = 3_600;
/** Answers without a body; `Response` refuses one for them. */
const NO_BODY = new Set([101, 204, 205, 304]);
const MAX_SAID = 300;

/** Talks to authorization servers, guarded like every call to the outside. Stores nothing. */
@Injectable()
export class OAuthServer {
  constructor(private readonly http: OutboundHttp) {}

  /** @throws OAuthTokenError */
  byClientCredentials(client: ClientCredentialsClient): Promise<GrantedTokens> {
    const parameters = new URLSearchParams({
      ...(client.scopes?.length && { scope: client.scopes.join(' ') }),
      ...client.tokenParameters,
    });
    return this.exchange(client, [], async (call) =>
      oauth.processClientCredentialsResponse(
        call.server,
        call.client,
        await oauth.clientCredentialsGrantRequest(
          call.server,
          call.client,
          call.authentication,
          parameters,
          call.options,
        ),
      ),
    );
  }

  /** @throws GrantRefusedError, OAuthTokenError */
  byRefreshToken(client: AuthorizationCodeClient, refreshToken: string): Promise<GrantedTokens> {
    const additionalParameters = { ...client.tokenParameters };
    return this.exchange(client, [refreshToken], async (call) =>
      oauth.processRefreshTokenResponse(
        call.server,
        call.client,
        await oauth.refreshTokenGrantRequest(
          call.server,
          call.client,
          call.authentication,
          refreshToken,
          { ...call.options, additionalParameters },
        ),
      ),
    );
  }

  /**
   * Ends an attempt to sign in: `answered` are the parameters that the browser brought back.
   * @throws GrantRefusedError, OAuthTokenError
   */
  byCode(
    client: AuthorizationCodeClient,
    answered: URLSearchParams,
    { state, codeVerifier, redirectUri }: SignInRequest,
  ): Promise<GrantedTokens> {
    const parameters = new URLSearchParams(answered);
    if (client.issuer === undefined) parameters.delete('iss');
    const secrets = [codeVerifier, parameters.get('code') ?? ''];
    const additionalParameters = { ...client.tokenParameters };
    return this.exchange(client, secrets, async (call) =>
      oauth.processAuthorizationCodeResponse(
        call.server,
        call.client,
        await oauth.authorizationCodeGrantRequest(
          call.server,
          call.client,
          call.authentication,
          oauth.validateAuthResponse(call.server, call.client, parameters, state),
          redirectUri,
          codeVerifier,
          { ...call.options, additionalParameters },
        ),
      ),
    );
  }

  /** The page that the admin signs in at. @throws InvalidInputError where a browser must not open it */
  async signInUrl(
    client: AuthorizationCodeClient,
    { state, codeVerifier, redirectUri }: SignInRequest,
  ): Promise<string> {
    const url = new URL(client.authorizationUrl);
    // It is opened from the admin's own page: `javascript:` would run there.
    if (!/^https?:$/.test(url.protocol)) {
      const message = `has a sign-in page of the scheme ${url.protocol}: it must be https: or http:`;
      throw new InvalidInputError([{ field: 'id', message }]);
    }
    const parameters = {
      ...client.authorizationParameters,
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: redirectUri,
      ...(client.scopes?.length && { scope: client.scopes.join(' ') }),
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  private async exchange(
    client: OAuthClient,
    secrets: readonly string[],
    run: (call: ServerCall) => Promise<oauth.TokenEndpointResponse>,
  ): Promise<GrantedTokens> {
    const seen: { response?: OutboundResponse } = {};
    const fetch: ServerFetch = async (url, { method, headers, body }) => {
      seen.response = await this.http.request({
        method,
        url,
        headers,
        body: body.toString(),
        timeoutMs: TIMEOUT_MS,
        maxResponseBytes: MAX_ANSWER_BYTES,
      });
      return toFetched(seen.response);
    };
    try {
      return grantedBy(await run(callOf(client, fetch)));
    } catch (error) {
      const { clientSecret = '' } = client;
      const hidden = SecretValues.of([...secrets, clientSecret].filter((value) => value !== ''));
      throw meaningOf(error, seen.response, hidden);
    }
  }
}

type ServerFetch = (
  url: string,
  options: oauth.CustomFetchOptions<'POST', URLSearchParams>,
) => Promise<Response>;

interface ServerCall {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
  readonly options: oauth.TokenEndpointRequestOptions;
}

function callOf(client: OAuthClient, fetch: ServerFetch): ServerCall {
  const { tokenUrl, clientId, clientSecret, clientAuth = 'basic' } = client;
  const issuer = client.grant === 'authorization-code' ? client.issuer : undefined;
  const prove = clientAuth === 'basic' ? oauth.ClientSecretBasic : oauth.ClientSecretPost;
  return {
    server: { issuer: issuer ?? new URL(tokenUrl).origin, token_endpoint: tokenUrl },
    client: { client_id: clientId },
    authentication: clientSecret === undefined ? oauth.None() : prove(clientSecret),
    options: {
      [oauth.customFetch]: fetch,
      // Whether http is good enough is for the provider's schema to say; where it may go, for the guard.
      [oauth.allowInsecureRequests]: true,
    },
  };
}

function toFetched({ status, headers, body }: OutboundResponse): Response {
  const list = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, each]),
  );
  return new Response(NO_BODY.has(status) ? null : new Uint8Array(body), { status, headers: list });
}

function grantedBy(answer: oauth.TokenEndpointResponse): GrantedTokens {
  const { access_token: accessToken, refresh_token: refreshToken = null, expires_in } = answer;
  if (!/^[\x21-\x7e]+$/.test(accessToken)) {
    throw new OAuthTokenError('The token server’s access_token can’t be sent in a header');
  }
  const isUsable = expires_in !== undefined && Number.isFinite(expires_in) && expires_in > 0;
  return {
    accessToken,
    refreshToken,
    lifetimeSeconds: isUsable ? expires_in : DEFAULT_LIFETIME_SECONDS,
  };
}

/** What went wrong, in words that hold no secret, whatever the server repeats. */
function meaningOf(
  error: unknown,
  response: OutboundResponse | undefined,
  hidden: SecretValues,
): unknown {
  if (error instanceof OAuthTokenError) return error;
  if (error instanceof OutboundHttpError) {
    const reason = `The token server gave no answer: ${error.message}`;
    const isFinal = error.code === 'blocked' || error.code === 'invalid';
    return new OAuthTokenError(reason, isFinal ? rejected(reason) : retry(reason));
  }
  if (error instanceof oauth.AuthorizationResponseError) {
    return new GrantRefusedError(
      `The sign-in was refused: ${hidden.redact(said(error.error, error.error_description))}`,
    );
  }
  if (response === undefined) {
    // Before any call: what the browser brought back is not what it should be.
    return error instanceof oauth.OperationProcessingError
      ? new GrantRefusedError(`The sign-in was refused: ${hidden.redact(error.message)}`)
      : error;
  }
  if (response.ok) {
    const reason = `The token server’s answer can’t be used: ${
      error instanceof Error ? hidden.redact(error.message) : 'unknown'
    }`;
    return new OAuthTokenError(reason);
  }
  return refusalOf(response, hidden);
}

/** Its `Retry-After` counts like the receiver's; its 410 disables nothing. */
function refusalOf(response: OutboundResponse, hidden: SecretValues): OAuthTokenError {
  const { status } = response;
  const { error, description } = errorIn(response);
  const words = error === '' ? '' : `: ${hidden.redact(said(error, description))}`;
  const reason = `The token server answered ${status}${words}`;
  if (error === 'invalid_grant') return new GrantRefusedError(reason);
  const afterMs = retryAfterMs(response.headers['retry-after'], new Date());
  const isTheirs = status >= 500 || status === 408 || status === 429;
  return new OAuthTokenError(
    reason,
    retry(reason, {
      ...(afterMs !== undefined && { afterMs }),
      ...(!isTheirs && { clientError: true }),
    }),
  );
}

function errorIn(response: OutboundResponse): { error: string; description: string } {
  try {
    const answer: unknown = response.json();
    if (typeof answer === 'object' && answer !== null && 'error' in answer) {
      const description = 'error_description' in answer ? answer.error_description : '';
      return { error: textOf(answer.error), description: textOf(description) };
    }
  } catch {
    // Not JSON: its status says enough.
  }
  return { error: '', description: '' };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function said(code: string, description: string | undefined = ''): string {
  const text = description === '' ? code : `${code} (${description})`;
  return text.replaceAll(/\s+/g, ' ').slice(0, MAX_SAID);
}
