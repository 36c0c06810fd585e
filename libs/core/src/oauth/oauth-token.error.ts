import { IntegrationError } from '../integration.error.js';
import { rejected, retry, type DeliveryOutcome } from '../providers/delivery-outcome.js';

/** No access token could be got. Its message is for admins and holds no secret. */
export class OAuthTokenError extends IntegrationError<'OAUTH_TOKEN'> {
  constructor(
    message: string,
    /** What it means for a delivery. */
    readonly outcome: DeliveryOutcome = retry(message),
    options?: ErrorOptions,
  ) {
    super('OAUTH_TOKEN', message, options);
  }
}

/** Nobody has signed in, or what was granted is over: only an admin can mend it. */
export class SignInNeededError extends OAuthTokenError {
  constructor(readonly reason: string) {
    super(reason, retry(reason, { clientError: true }));
  }
}

/** A provider that asks for a token declares no client. */
export class NoOAuthClientError extends OAuthTokenError {
  constructor(provider: string) {
    const message = `The provider '${provider}' has no OAuth client here: declare one with @IntegrationProvider({ oauth })`;
    super(message, rejected(message));
  }
}

export const OTHER_CLIENT =
  'The OAuth client of this connection was changed since someone signed in: sign in again';
