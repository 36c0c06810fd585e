import type { OutboundTimings } from './outbound-http.types.js';
import type { RecordedExchange } from './recorded-exchange.js';
import {
  recordedRequestHeaders,
  recordedResponseHeaders,
  type HeaderSecrets,
} from './recorded-headers.js';
import { recordedText } from './recorded-text.js';
import { recordedUrl } from './recorded-url.js';
import { SecretValues } from './secret-values.js';

/** What was said, in clear, and what of it must not be seen. */
export interface ClearExchange {
  readonly method: string;
  readonly url: string | URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[]>>;
    readonly body: string | Buffer;
    readonly truncated: boolean;
  } | null;
  readonly timings: OutboundTimings;
  readonly secretHeaders: readonly string[];
  readonly secretValues: readonly string[];
}

/** One exchange as a log may show it. */
export function redactedExchange(exchange: ClearExchange): RecordedExchange {
  const { method, url, headers, body, response, timings } = exchange;
  const values = SecretValues.of(exchange.secretValues);
  const secrets: HeaderSecrets = {
    names: new Set(exchange.secretHeaders.map((name) => name.toLowerCase())),
    values,
  };
  return {
    request: {
      method,
      url: recordedUrl(String(url), values),
      headers: recordedRequestHeaders(headers, secrets),
      body: body === undefined ? null : recordedText(body, { secrets: values, isPart: false }),
    },
    response: response && {
      status: response.status,
      headers: recordedResponseHeaders(response.headers, secrets),
      body: recordedText(response.body, { secrets: values, isPart: response.truncated }),
      truncated: response.truncated,
    },
    timings,
  };
}
