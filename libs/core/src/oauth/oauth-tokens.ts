import type { OutboundResponse } from '../http/outbound-http.types.js';

/**
 * Access tokens of the OAuth client that the provider declares. They are fetched, kept, shared by all
 * processes and renewed in time; none reaches a log.
 *
 * ```ts
 * const response = await context.oauth.send((token) =>
 *   context.http.post(url, { json, headers: { authorization: `Bearer ${token}` } }),
 * );
 * ```
 */
export abstract class OAuthTokens {
  /** One that is valid now. @throws OAuthTokenError, which a provider need not catch */
  abstract accessToken(): Promise<string>;

  /**
   * Another one, after the last was refused; the same, where it is so new that another would be no
   * better. @throws OAuthTokenError
   */
  abstract renew(): Promise<string>;

  /** Makes a call by a token; once more by another, where the answer is 401. */
  async send(call: (token: string) => Promise<OutboundResponse>): Promise<OutboundResponse> {
    const token = await this.accessToken();
    const response = await call(token);
    if (response.status !== 401) return response;
    const next = await this.renew();
    return next === token ? response : call(next);
  }
}
