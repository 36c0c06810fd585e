import { ProxyError } from './egress-proxy.js';
import { ConnectTimeoutError } from './guarded-connector.js';
import { AddressBlockedError } from './guarded-lookup.js';
import { HostNotResolvedError } from './host-resolver.js';
import {
  OutboundHttpError,
  type OutboundErrorCode,
  type OutboundTimings,
} from './outbound-http.types.js';

/** Why no answer came, in our words. */
export interface OutboundFailure {
  readonly code: OutboundErrorCode;
  readonly message: string;
}

/** A call given up by its caller, or by the end of all calls. */
export class CallAbortedError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'CallAbortedError';
  }
}

type Rule = readonly [pattern: RegExp, failure: OutboundFailure];

const CUT_OFF = 'the connection was closed in the middle of the answer';

/** Codes of the system, of TLS and of the HTTP client. First match counts. */
const RULES: readonly Rule[] = [
  [/^ECONNREFUSED$/, { code: 'refused', message: 'the connection was refused' }],
  [/^(ECONNRESET|EPIPE|ECONNABORTED)$/, { code: 'reset', message: 'the connection was reset' }],
  [/^ETIMEDOUT$/, { code: 'timeout', message: 'the connection timed out' }],
  [
    /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_|EPROTO)/,
    { code: 'tls', message: 'no trusted TLS connection' },
  ],
  [/^UND_ERR_RES_CONTENT_LENGTH_MISMATCH$/, { code: 'reset', message: CUT_OFF }],
  [/^UND_ERR_HEADERS_OVERFLOW$/, { code: 'protocol', message: 'the headers are too large' }],
  [/^(UND_ERR_INVALID_ARG|UND_ERR_NOT_SUPPORTED)$/, { code: 'invalid', message: 'can’t be sent' }],
  [/^(UND_ERR_DESTROYED|UND_ERR_CLOSED)$/, { code: 'aborted', message: 'the client was closed' }],
];

export function failureOf(error: unknown): OutboundFailure {
  if (error instanceof AddressBlockedError) return { code: 'blocked', message: error.message };
  if (error instanceof HostNotResolvedError) return { code: 'dns', message: error.message };
  if (error instanceof ConnectTimeoutError) return { code: 'timeout', message: error.message };
  if (error instanceof ProxyError) return { code: 'network', message: error.message };
  if (error instanceof CallAbortedError) return { code: 'aborted', message: error.message };
  if (!(error instanceof Error)) return { code: 'network', message: String(error) };
  const code = codeOf(error);
  if (code === 'UND_ERR_SOCKET') return socketFailure(error);
  if (error.name === 'HTTPParserError') return parserFailure(error);
  const [, failure] = RULES.find(([pattern]) => pattern.test(code)) ?? [];
  if (!failure) return { code: 'network', message: error.message || code || error.name };
  return { code: failure.code, message: `${failure.message} (${detailOf(error, code)})` };
}

/** A failure to reach `place` (`mail.example.com:587`), whatever it was that failed there. */
export function outboundErrorOf(
  error: unknown,
  place: string,
  timings: OutboundTimings = { totalMs: 0 },
): OutboundHttpError {
  if (error instanceof OutboundHttpError) return error;
  const { code, message } = failureOf(error);
  return new OutboundHttpError(code, `${place}: ${message}`, timings, { cause: error });
}

/** The client's own words tell a server that closed from one that broke the protocol. */
function socketFailure({ message }: Error): OutboundFailure {
  return message.startsWith('bad ')
    ? { code: 'protocol', message: `the answer breaks HTTP (${message})` }
    : { code: 'reset', message: 'the connection was closed before the answer was complete' };
}

/** The parser's errors come without their code. */
function parserFailure({ message }: Error): OutboundFailure {
  return message.includes('Invalid EOF state')
    ? { code: 'reset', message: CUT_OFF }
    : { code: 'protocol', message: `the answer breaks HTTP (${message})` };
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Several addresses that failed make one error without a message of its own. */
function detailOf(error: Error, code: string): string {
  if (error.message || !(error instanceof AggregateError)) return error.message || code;
  const causes: unknown[] = error.errors;
  return causes.map((cause) => (cause instanceof Error ? cause.message : String(cause))).join(', ');
}
