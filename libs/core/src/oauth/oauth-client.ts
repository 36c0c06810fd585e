import { createHash } from 'node:crypto';

interface ClientSettings {
  readonly tokenUrl: string;
  readonly clientId: string;
  /** Left out: a public client. */
  readonly clientSecret?: string;
  /** Whether the client shows its secret in the `Authorization` header or in the form. Default `basic`. */
  readonly clientAuth?: 'basic' | 'body';
  readonly scopes?: readonly string[];
  /** What else the token server wants to be told: `{ audience }`. */
  readonly tokenParameters?: Readonly<Record<string, string>>;
}

/** The app signs in as itself (RFC 6749 §4.4). */
export interface ClientCredentialsClient extends ClientSettings {
  readonly grant: 'client-credentials';
}

/** An admin signs in, once, and the app acts for them (RFC 6749 §4.1, with PKCE). */
export interface AuthorizationCodeClient extends ClientSettings {
  readonly grant: 'authorization-code';
  readonly authorizationUrl: string;
  /** What else the page to sign in at wants to be told: `{ prompt: 'consent' }`. */
  readonly authorizationParameters?: Readonly<Record<string, string>>;
  /** Where the server names itself (`iss`), what it must be; left out: not looked at. */
  readonly issuer?: string;
}

/** How one is known to an OAuth 2 authorization server. */
export type OAuthClient = ClientCredentialsClient | AuthorizationCodeClient;

/** What a provider declares; each may answer `null`: it proves itself otherwise. */
export interface OAuthDeclaration<Config = unknown, Account = unknown> {
  /** The client of a connection. */
  connection?(connection: Account): OAuthClient | null;
  /** The client of a subscription that brings its own; nobody can sign in for one. */
  config?(config: Config): ClientCredentialsClient | null;
}

/** The same for clients whose tokens can stand for one another, whatever their secrets are. */
export function clientDigest(client: OAuthClient): string {
  const { grant, tokenUrl, clientId, scopes = [], tokenParameters = {} } = client;
  const authorizationUrl = client.grant === 'authorization-code' ? client.authorizationUrl : '';
  return digestOf([grant, tokenUrl, clientId, scopes, tokenParameters, authorizationUrl]);
}

/** Kept beside a token, encrypted with it: another secret must prove itself by a token of its own. */
export function clientSecretDigest({ clientSecret = '' }: OAuthClient): string {
  return digestOf([clientSecret]);
}

function digestOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
