import type { HttpClient } from '../http/http-client.js';
import type { SocketClient } from '../http/socket-client.js';
import type { OAuthTokens } from '../oauth/oauth-tokens.js';

/** What a provider may use while it acts for a connection alone: to test it, to list options. */
export interface ConnectionContext<Account = unknown> {
  /** Parsed by the provider's schema, secrets in clear. */
  readonly connection: Account;
  /** Guarded and bounded like that of an attempt. */
  readonly http: HttpClient;
  /** For protocols other than HTTP; as guarded. */
  readonly sockets: SocketClient;
  /** Of the OAuth client that `@IntegrationProvider({ oauth })` declares. */
  readonly oauth: OAuthTokens;
  readonly signal: AbortSignal;
}

/** What a test of a connection found. */
export interface ConnectionTest {
  readonly ok: boolean;
  /** For the admin: who one is there, or what is wrong and what would be right. */
  readonly message: string;
}
