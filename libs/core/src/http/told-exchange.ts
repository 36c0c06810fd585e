import type { RecordedExchange } from './recorded-exchange.js';
import { redactedExchange } from './redacted-exchange.js';

/** One exchange that was not HTTP, as the provider that had it tells it to the attempt's log. */
export interface ToldExchange {
  readonly request: {
    /** What was asked: `SEND`, `PUBLISH`. */
    readonly method: string;
    /** Of whom: `smtp://mail.example.com:587`. */
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Buffer;
  };
  /** `null`: no answer came. */
  readonly response: {
    /** The protocol's own number: 250, 550. */
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } | null;
  readonly totalMs: number;
}

/** It reaches the log without these values, whatever the provider told. */
export function recordedTold(
  { request, response, totalMs }: ToldExchange,
  secretValues: readonly string[],
): RecordedExchange {
  const { method, url, headers = {}, body } = request;
  return redactedExchange({
    method,
    url,
    headers,
    body,
    response: response && { headers: {}, body: '', truncated: false, ...response },
    timings: { totalMs },
    secretHeaders: [],
    secretValues,
  });
}
