import { OAuthTokens } from '@nest-integrations/core';

class TokensInTurn extends OAuthTokens {
  private used = 0;

  constructor(private readonly tokens: readonly string[]) {
    super();
  }

  override async accessToken(): Promise<string> {
    const token = this.tokens[Math.min(this.used, this.tokens.length - 1)];
    if (token === undefined) throw new Error('This test gave no OAuth tokens: oauthTokens(…)');
    return token;
  }

  override renew(): Promise<string> {
    this.used++;
    return this.accessToken();
  }
}

/** `context.oauth` for a provider's own tests: these tokens, one after the other as they are renewed. */
export function oauthTokens(...tokens: string[]): OAuthTokens {
  return new TokensInTurn(tokens);
}
