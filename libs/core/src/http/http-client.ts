import type { OutboundRequest, OutboundResponse } from './outbound-http.types.js';

export interface HttpCallOptions extends Pick<
  OutboundRequest,
  'headers' | 'timeoutMs' | 'maxResponseBytes' | 'maxRedirects' | 'tls'
> {
  /** Sent as `application/json`. */
  readonly json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as it is; give the content type in `headers`. */
  readonly body?: string | Buffer;
  /** Names of headers whose values must not reach a log. Well-known ones are always redacted. */
  readonly secretHeaders?: readonly string[];
  /** Values that must not reach a log wherever they stand: in the URL, a header or a body. */
  readonly secretValues?: readonly string[];
  /** False: a call whose exchange the attempt's log does not show (a token fetch). Default true. */
  readonly record?: boolean;
}

/** HTTP to the outside for one attempt: guarded, pooled, within the attempt's deadline, recorded. */
export interface HttpClient {
  request(
    method: OutboundRequest['method'],
    url: string | URL,
    options?: HttpCallOptions,
  ): Promise<OutboundResponse>;
  get(url: string | URL, options?: HttpCallOptions): Promise<OutboundResponse>;
  post(url: string | URL, options?: HttpCallOptions): Promise<OutboundResponse>;
  put(url: string | URL, options?: HttpCallOptions): Promise<OutboundResponse>;
  patch(url: string | URL, options?: HttpCallOptions): Promise<OutboundResponse>;
  delete(url: string | URL, options?: HttpCallOptions): Promise<OutboundResponse>;
}
