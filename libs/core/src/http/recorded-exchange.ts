import type { OutboundTimings } from './outbound-http.types.js';

/** One call as the attempt's log shows it: secrets redacted, bodies cut to 64 KiB. */
export interface RecordedExchange {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[]>>;
    readonly body: string;
    readonly truncated: boolean;
  } | null;
  readonly timings: OutboundTimings;
}

/** Bytes of a body kept in an attempt's log. */
export const RECORDED_BODY_BYTES = 64 * 1024;
export const REDACTED = '[redacted]';
