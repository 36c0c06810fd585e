import type { OAuthHolder } from '../oauth/oauth-holder.js';
import { SignInNeededError } from '../oauth/oauth-token.error.js';
import type { KeptToken, TokenKeeper } from '../oauth/oauth-token.keeper.js';
import type { OAuthServer } from '../oauth/oauth.server.js';

/** Keeps nothing: asks each time, or gives what the trial says that a sign-in gave. */
export class TrialTokenKeeper implements TokenKeeper {
  granted: string | undefined;

  constructor(private readonly server: OAuthServer) {}

  async current({ client }: OAuthHolder): Promise<KeptToken> {
    if (client.grant === 'client-credentials') {
      return kept((await this.server.byClientCredentials(client)).accessToken);
    }
    if (this.granted !== undefined) return kept(this.granted);
    throw new SignInNeededError('Nobody has signed in: give the trial an accessToken');
  }

  another(holder: OAuthHolder): Promise<KeptToken> {
    return this.current(holder);
  }
}

function kept(value: string): KeptToken {
  return { value, secretValues: [value], refreshAt: 0 };
}
