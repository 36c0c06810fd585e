import type { OAuthClient } from './oauth-client.js';

/** Who has tokens: a connection, or a subscription that brings its own client. One object for a revision. */
export interface OAuthHolder {
  readonly kind: 'connection' | 'subscription';
  readonly id: string;
  readonly client: OAuthClient;
}

/** What tokens are encrypted for: the rotation of keys knows it by the same name. */
export function tokensOwner(holderId: string): string {
  return `oauth_token:${holderId}`;
}
