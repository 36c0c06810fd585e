import { contentOf, type CallContent } from './call-body.js';
import type { HttpCallOptions, HttpClient } from './http-client.js';
import type { OutboundHttp } from './outbound-http.js';
import {
  OutboundHttpError,
  type OutboundRequest,
  type OutboundResponse,
  type OutboundTimings,
} from './outbound-http.types.js';
import type { CallInFlight } from './outbound.call.js';
import type { RecordedExchange } from './recorded-exchange.js';
import { redactedExchange } from './redacted-exchange.js';
import { SecretValues } from './secret-values.js';

export interface RecordedHttpOptions {
  readonly http: Pick<OutboundHttp, 'begin'>;
  /** The attempt's time, counted from now, in milliseconds: no call goes on beyond it. */
  readonly timeoutMs: number;
  /** Sent with every call; a call's own header of the same name stands above it. */
  readonly headers?: Readonly<Record<string, string>> | null;
  /** Names of headers whose values must not reach the record, for every call. */
  readonly secretHeaders?: readonly string[];
  /** Values that must not reach the record, for every call. */
  readonly secretValues?: readonly string[];
  /** Calls that are kept for the record. Default `last`. */
  readonly keeps?: 'last' | 'every';
}

/** Longest one call may take where it does not say, in milliseconds. */
const DEFAULT_CALL_TIMEOUT_MS = 10_000;

/** What the record is made of, if anyone asks for it. */
interface Call extends CallContent {
  readonly method: OutboundRequest['method'];
  readonly url: string | URL;
  readonly secretHeaders: readonly string[];
  readonly secretValues: readonly string[];
  response: OutboundResponse | null;
  timings: OutboundTimings;
}

/** The HTTP client of one attempt. Cheap to make: its record is written only when it is asked for. */
export class RecordedHttp implements HttpClient {
  private readonly endsAt: number;
  private readonly underWay = new Set<CallInFlight>();
  private abortedWith: string | null = null;
  private last: Call | null = null;
  private readonly every: Call[] = [];
  private concealed: readonly string[] = NONE;

  constructor(private readonly options: RecordedHttpOptions) {
    this.endsAt = performance.now() + options.timeoutMs;
  }

  get(url: string | URL, options?: HttpCallOptions): Promise<OutboundResponse> {
    return this.request('GET', url, options);
  }

  post(url: string | URL, options?: HttpCallOptions): Promise<OutboundResponse> {
    return this.request('POST', url, options);
  }

  put(url: string | URL, options?: HttpCallOptions): Promise<OutboundResponse> {
    return this.request('PUT', url, options);
  }

  patch(url: string | URL, options?: HttpCallOptions): Promise<OutboundResponse> {
    return this.request('PATCH', url, options);
  }

  delete(url: string | URL, options?: HttpCallOptions): Promise<OutboundResponse> {
    return this.request('DELETE', url, options);
  }

  /** @throws OutboundHttpError where no answer came; a 4xx or 5xx is an answer */
  async request(
    method: OutboundRequest['method'],
    url: string | URL,
    options: HttpCallOptions = {},
  ): Promise<OutboundResponse> {
    const call = this.prepared({ method, url, options });
    if (options.record !== false) this.last = call;
    if (this.options.keeps === 'every') this.every.push(call);
    const inFlight = this.begin(call, options);
    this.underWay.add(inFlight);
    try {
      const response = await inFlight.response;
      call.response = response;
      call.timings = response.timings;
      return response;
    } catch (error) {
      if (error instanceof OutboundHttpError) call.timings = error.timings;
      throw error;
    } finally {
      this.underWay.delete(inFlight);
    }
  }

  /** Ends the calls under way, and every later one, with this reason. */
  abort(reason: string): void {
    this.abortedWith ??= reason;
    for (const call of this.underWay) call.abort(reason);
  }

  /** Values that came up meanwhile, and must not reach the record either: of earlier calls, too. */
  conceal(values: readonly string[]): void {
    this.concealed = joined(this.concealed, values);
  }

  /** Of every call, and those that came up. */
  get secretValues(): readonly string[] {
    return joined(this.options.secretValues, this.concealed);
  }

  /** A text of whoever used this client, less the values that must not reach a log. */
  redact(text: string): string {
    return SecretValues.of(this.secretValues).redact(text);
  }

  /** The last call that is to be recorded; its response is `null` where none came. */
  exchange(): RecordedExchange | null {
    return this.last && this.redacted(this.last);
  }

  /** Where it keeps every call: these, in their order, also those that a log does not show. */
  exchanges(): RecordedExchange[] {
    return this.every.map((call) => this.redacted(call));
  }

  private redacted(call: Call): RecordedExchange {
    const secretValues = joined(call.secretValues, this.concealed);
    return redactedExchange({ ...call, secretValues });
  }

  private prepared(sent: {
    method: OutboundRequest['method'];
    url: string | URL;
    options: HttpCallOptions;
  }): Call {
    const { method, url, options } = sent;
    return {
      method,
      url,
      ...sendable(withHeaders(this.options.headers, options)),
      secretHeaders: joined(this.options.secretHeaders, options.secretHeaders),
      secretValues: joined(this.options.secretValues, options.secretValues),
      response: null,
      timings: { totalMs: 0 },
    };
  }

  private begin(call: Call, options: HttpCallOptions): CallInFlight {
    if (this.abortedWith !== null) throw notBegun('aborted', this.abortedWith);
    const remainingMs = Math.ceil(this.endsAt - performance.now());
    if (remainingMs <= 0) throw notBegun('timeout', 'the attempt’s time is over');
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS } = options;
    return this.options.http.begin({
      method: call.method,
      url: call.url,
      headers: call.headers,
      body: call.body,
      secretHeaders: call.secretHeaders,
      timeoutMs: Math.min(timeoutMs, remainingMs),
      maxResponseBytes: options.maxResponseBytes,
      maxRedirects: options.maxRedirects,
      tls: options.tls,
    });
  }
}

const NONE: readonly string[] = [];

interface Joined {
  readonly theirs: readonly string[];
  readonly all: readonly string[];
}

/** What was last joined to an array: the calls of one subscription add the same each time. */
const lastJoined = new WeakMap<readonly string[], Joined>();

/** The same array for the same parts: its prepared form is found by it. */
function joined(
  ours: readonly string[] = NONE,
  theirs: readonly string[] = NONE,
): readonly string[] {
  if (theirs.length === 0) return ours;
  if (ours.length === 0) return theirs;
  const last = lastJoined.get(ours);
  if (last && isSameList(last.theirs, theirs)) return last.all;
  const all = [...ours, ...theirs];
  lastJoined.set(ours, { theirs: [...theirs], all });
  return all;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
}

function withHeaders(
  headers: RecordedHttpOptions['headers'],
  options: HttpCallOptions,
): HttpCallOptions {
  return headers ? { ...options, headers: { ...headers, ...options.headers } } : options;
}

/** @throws OutboundHttpError */
function sendable(options: HttpCallOptions): CallContent {
  try {
    return contentOf(options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw notBegun('invalid', `the body can’t be sent: ${why}`, error);
  }
}

function notBegun(
  code: 'aborted' | 'timeout' | 'invalid',
  message: string,
  cause?: unknown,
): OutboundHttpError {
  return new OutboundHttpError(code, message, { totalMs: 0 }, { cause });
}
