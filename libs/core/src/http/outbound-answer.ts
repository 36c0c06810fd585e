import type { OutboundResponse, OutboundTimings } from './outbound-http.types.js';

type AnswerParts = Pick<OutboundResponse, 'status' | 'headers' | 'body' | 'truncated' | 'timings'>;

/** An answer that came, whole or cut at the limit. */
export class OutboundAnswer implements OutboundResponse {
  readonly status: number;
  readonly headers: OutboundResponse['headers'];
  readonly body: Buffer;
  readonly truncated: boolean;
  readonly timings: OutboundTimings;

  constructor({ status, headers, body, truncated, timings }: AnswerParts) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.truncated = truncated;
    this.timings = timings;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  text(): string {
    return this.body.toString('utf8');
  }

  json(): unknown {
    return JSON.parse(this.text());
  }
}
