/** One HTTP call to the outside. */
export interface OutboundRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, `http:` or `https:`, without credentials. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** One deadline over DNS, connect, TLS, headers and body, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
  /** Bytes of the answer's body that are read before the connection is cut. Default 1 MiB. */
  readonly maxResponseBytes?: number;
  /** Redirects followed, each checked again. Default 0. */
  readonly maxRedirects?: number;
  /** Names of headers that, like the well-known ones, don't follow a redirect to another origin. */
  readonly secretHeaders?: readonly string[];
  readonly signal?: AbortSignal;
  readonly tls?: OutboundTls;
}

/** Client certificate and trust, in PEM. The same values share one connection pool. */
export interface OutboundTls {
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly ca?: string;
}

/** Milliseconds. DNS, connect and TLS are there only where this call opened the connection. */
export interface OutboundTimings {
  readonly dnsMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  readonly firstByteMs?: number;
  readonly totalMs: number;
}

export interface OutboundResponse {
  readonly status: number;
  /** 200 to 299. */
  readonly ok: boolean;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
  /** True where the body was longer than `maxResponseBytes` and only its beginning is here. */
  readonly truncated: boolean;
  readonly timings: OutboundTimings;
  text(): string;
  /** @throws SyntaxError where the body is not JSON */
  json(): unknown;
}

export type OutboundErrorCode =
  /** The address, port or scheme is one that must not be reached. Never retried away. */
  | 'blocked'
  /** The URL or a header can't be sent. */
  | 'invalid'
  | 'timeout'
  | 'dns'
  | 'refused'
  | 'reset'
  | 'tls'
  | 'protocol'
  | 'aborted'
  | 'network';

/** No answer came: says why, and how far the call got. */
export class OutboundHttpError extends Error {
  constructor(
    readonly code: OutboundErrorCode,
    message: string,
    readonly timings: OutboundTimings,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'OutboundHttpError';
  }
}
