import type { Dispatcher } from 'undici';
import type { CallsUnderWay } from './calls-under-way.js';
import type { ConnectionTimings } from './connection-timings.js';
import { OutboundAnswer } from './outbound-answer.js';
import { CallAbortedError, failureOf, type OutboundFailure } from './outbound-failure.js';
import {
  OutboundHttpError,
  type OutboundRequest,
  type OutboundResponse,
  type OutboundTimings,
} from './outbound-http.types.js';
import type { ConnectionSlot, TimedDispatchOptions } from './timed.client.js';
import type { CheckedUrl } from './url-check.js';

/** A call under way. */
export interface CallInFlight {
  /** Rejects with an `OutboundHttpError`. */
  readonly response: Promise<OutboundResponse>;
  /** Ends the call with this reason, if it has not ended yet. */
  abort(reason: string): void;
}

/** One request and its bounds, checked. */
export interface CallPlan {
  readonly method: OutboundRequest['method'];
  readonly url: CheckedUrl;
  /** Name, value, name, value, … */
  readonly headers: string[];
  readonly body: string | Buffer | undefined;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal | undefined;
}

type Settle = {
  resolve(response: OutboundResponse): void;
  reject(error: OutboundHttpError): void;
};

/** Answers of the 1xx class that one call bears with. */
const MAX_INTERIM_ANSWERS = 16;
/** Longest wait that a timer can hold; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One request on its way: its deadline, its bounds, its answer. No streams, one timer. */
export class OutboundCall implements Dispatcher.DispatchHandler, CallInFlight {
  readonly response: Promise<OutboundResponse>;
  private settle: Settle | null = null;
  private readonly startedAt = performance.now();
  private readonly timer: NodeJS.Timeout;
  private readonly place: number;
  private readonly onSignal: (() => void) | undefined;
  private slot: ConnectionSlot | null = null;
  private connection: ConnectionTimings | null = null;
  private controller: Dispatcher.DispatchController | null = null;
  private interimAnswers = 0;
  private firstByteMs: number | undefined;
  private status = 0;
  private headers: OutboundResponse['headers'] = {};
  private chunks: Buffer[] = [];
  private size = 0;

  /** `underWay` holds this call until it has ended. */
  constructor(
    private readonly plan: CallPlan,
    private readonly underWay: CallsUnderWay,
  ) {
    this.response = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.timer = setTimeout(expire, Math.min(plan.timeoutMs, MAX_TIMER_MS), this);
    this.place = underWay.enter(this);
    if (plan.signal) this.onSignal = this.listenTo(plan.signal);
  }

  send(pool: Dispatcher): void {
    if (!this.settle) return;
    const { url, method, headers, body } = this.plan;
    const options: TimedDispatchOptions = {
      path: url.path,
      method,
      headers,
      body,
      onAssigned: (slot) => (this.slot = slot),
    };
    pool.dispatch(options, this);
  }

  abort(reason: string): void {
    this.stop(new CallAbortedError(reason));
  }

  expire(): void {
    const { timeoutMs } = this.plan;
    this.stop(undefined, { code: 'timeout', message: `${this.missing()} within ${timeoutMs} ms` });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown, the request is left out and the connection stays good; `abort()` would destroy it.
    if (!this.settle) throw new CallAbortedError('the call had ended before a connection was free');
    this.controller = controller;
    this.connection = this.slot?.take() ?? null;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return this.countInterim();
    this.firstByteMs = performance.now() - this.startedAt;
    this.status = status;
    // Read off the wire, so no value is undefined.
    this.headers = headers as OutboundResponse['headers'];
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.settle) return;
    const room = this.plan.maxResponseBytes - this.size;
    if (chunk.length > room) {
      this.chunks.push(chunk.subarray(0, room));
      this.answer(true);
      this.controller?.abort(new CallAbortedError('enough of the answer was read'));
      return;
    }
    this.size += chunk.length;
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.answer(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(failureOf(error), error);
  }

  private countInterim(): void {
    this.interimAnswers++;
    if (this.interimAnswers <= MAX_INTERIM_ANSWERS) return;
    this.stop(undefined, { code: 'protocol', message: 'too many interim (1xx) answers' });
  }

  private answer(truncated: boolean): void {
    const settle = this.end();
    if (!settle) return;
    const { status, headers, chunks } = this;
    const [first] = chunks;
    const body = first && chunks.length === 1 ? first : Buffer.concat(chunks);
    settle.resolve(
      new OutboundAnswer({ status, headers, body, truncated, timings: this.timings() }),
    );
  }

  private stop(cause: Error | undefined, failure: OutboundFailure = failureOf(cause)): void {
    const error = this.fail(failure, cause);
    if (error) this.controller?.abort(error);
  }

  private fail(failure: OutboundFailure, cause: unknown): OutboundHttpError | undefined {
    const settle = this.end();
    if (!settle) return undefined;
    const message = `${this.plan.url.origin}: ${failure.message}`;
    this.connection ??= this.slot?.take() ?? null;
    const error = new OutboundHttpError(failure.code, message, this.timings(), { cause });
    settle.reject(error);
    return error;
  }

  /** Ends the call once; `null` where it had ended. */
  private end(): Settle | null {
    const { settle } = this;
    if (!settle) return null;
    this.settle = null;
    clearTimeout(this.timer);
    this.underWay.leave(this.place);
    if (this.onSignal) this.plan.signal?.removeEventListener('abort', this.onSignal);
    return settle;
  }

  private listenTo(signal: AbortSignal): () => void {
    const onSignal = (): void => {
      const reason: unknown = signal.reason;
      this.abort(reason instanceof Error ? reason.message : String(reason));
    };
    if (signal.aborted) onSignal();
    else signal.addEventListener('abort', onSignal, { once: true });
    return onSignal;
  }

  private missing(): string {
    if (!this.slot) return 'no connection was free';
    if (!this.controller) return 'no connection';
    return this.status === 0 ? 'no answer' : 'the answer was not complete';
  }

  private timings(): OutboundTimings {
    const { firstByteMs, connection } = this;
    const totalMs = performance.now() - this.startedAt;
    return connection
      ? { ...connection.durations(), firstByteMs, totalMs }
      : { firstByteMs, totalMs };
  }
}

function expire(call: OutboundCall): void {
  call.expire();
}
