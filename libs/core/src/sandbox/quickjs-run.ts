import type {
  QuickJSContext,
  QuickJSDeferredPromise,
  QuickJSHandle,
  QuickJSRuntime,
  QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import { PRELUDE } from './prelude.js';
import type { SandboxFault, SandboxFetch } from './sandbox.types.js';
import type { FetchAnswer, FromThread, ToThread } from './thread-messages.js';

const FILE = 'script.js';
const MAX_MEMORY_BYTES = 8 * 1_048_576;
const MAX_STACK_BYTES = 262_144;
const MAX_CONSOLE_LINES = 100;
const MAX_CONSOLE_LINE = 2_000;
const MAX_RESULT = 1_048_576;

/** One function, running in a realm of its own that has nothing of the host. */
export class QuickJsRun {
  private readonly runtime: QuickJSRuntime;
  private readonly context: QuickJSContext;
  private readonly console: string[] = [];
  private readonly waiting = new Map<number, QuickJSDeferredPromise>();
  private begun: { call: number; request: SandboxFetch }[] = [];
  private returned: QuickJSHandle | null = null;
  private usedMs = 0;
  private sliceBegan = 0;
  private calls = 0;

  constructor(
    module: QuickJSWASMModule,
    private readonly start: Extract<ToThread, { kind: 'start' }>,
  ) {
    this.runtime = module.newRuntime();
    this.runtime.setMemoryLimit(MAX_MEMORY_BYTES);
    this.runtime.setMaxStackSize(MAX_STACK_BYTES);
    this.runtime.setInterruptHandler(() => this.isOutOfTime());
    this.context = this.runtime.newContext();
  }

  /** Runs until it is done or waits for a fetch. */
  begin(): FromThread {
    return this.slice(() => {
      this.prepare();
      const made = this.evaluate(`(${this.start.source}\n)`);
      if (this.context.typeof(made) !== 'function') {
        made.dispose();
        throw new ScriptError('must be a function: (event) => …');
      }
      if (this.start.argumentJson === null) {
        made.dispose();
        this.returned = this.context.undefined;
        return;
      }
      const argument = this.parsed(this.start.argumentJson);
      const called = this.context.callFunction(made, this.context.undefined, argument);
      made.dispose();
      argument.dispose();
      this.returned = this.unwrapped(called);
    });
  }

  /** Goes on with what a fetch brought. */
  resume(call: number, answer: FetchAnswer): FromThread {
    return this.slice(() => {
      const deferred = this.waiting.get(call);
      if (!deferred) return;
      this.waiting.delete(call);
      this.context.newString(JSON.stringify(answer)).consume((text) => deferred.resolve(text));
      deferred.dispose();
    });
  }

  dispose(): void {
    for (const deferred of this.waiting.values()) deferred.dispose();
    this.waiting.clear();
    this.returned?.dispose();
    this.returned = null;
    this.context.dispose();
    this.runtime.dispose();
  }

  private slice(work: () => void): FromThread {
    this.sliceBegan = performance.now();
    try {
      work();
      const json = this.settled();
      return json === undefined ? this.waits() : this.done({ ok: true, json });
    } catch (error) {
      return this.done({ ok: false, ...this.failureOf(error) });
    } finally {
      this.usedMs += performance.now() - this.sliceBegan;
    }
  }

  private waits(): FromThread {
    const fetches = this.begun;
    this.begun = [];
    return { kind: 'waiting', run: this.start.run, fetches };
  }

  private done(result: { ok: true; json: string | null } | ({ ok: false } & Failure)): FromThread {
    return { kind: 'done', run: this.start.run, result: { ...result, console: this.console } };
  }

  /** The result as JSON; `undefined` while it waits. */
  private settled(): string | null | undefined {
    this.unwrappedJobs();
    if (!this.returned) throw new ScriptError('returned nothing');
    const state = this.context.getPromiseState(this.returned);
    if (state.type === 'pending') {
      if (this.waiting.size === 0) {
        throw new ScriptError('waits for what never comes');
      }
      return undefined;
    }
    if (state.type === 'rejected') {
      throw state.error.consume((error) => new ThrownError(this.context.dump(error)));
    }
    return state.notAPromise
      ? this.jsonOf(state.value)
      : state.value.consume((v) => this.jsonOf(v));
  }

  private jsonOf(value: QuickJSHandle): string | null {
    const text = this.evaluate('JSON.stringify').consume((stringify) =>
      this.unwrapped(this.context.callFunction(stringify, this.context.undefined, value)),
    );
    const json = text.consume((t) => this.context.dump(t) as unknown);
    if (typeof json !== 'string') return null;
    if (json.length > MAX_RESULT)
      throw new ScriptError(`returned more than ${MAX_RESULT} characters`);
    return json;
  }

  private failureOf(error: unknown): Failure {
    if (!(error instanceof ScriptError || error instanceof ThrownError)) throw error;
    // First: interrupted within a promise's job, it shows in many ways, or as a promise never settled.
    if (this.isOutOfTime()) {
      const reason = `The script used more than ${this.start.cpuMs} ms of processor time`;
      return { reason, fault: 'time' };
    }
    const reason =
      error instanceof ScriptError ? `The script ${error.message}` : thrownReason(error.thrown);
    return { reason, fault: 'script' };
  }

  private isOutOfTime(): boolean {
    return this.usedMs + performance.now() - this.sliceBegan > this.start.cpuMs;
  }

  private prepare(): void {
    const { context } = this;
    const log = context.newFunction('log', (text) => {
      if (this.console.length < MAX_CONSOLE_LINES) {
        this.console.push(context.getString(text).slice(0, MAX_CONSOLE_LINE));
      }
    });
    const send = this.start.hasFetch
      ? context.newFunction('send', (text) => this.send(context.getString(text)))
      : context.undefined;
    const now = context.newNumber(this.start.now);
    const prelude = this.evaluate(PRELUDE);
    const done = context.callFunction(prelude, context.undefined, now, log, send);
    for (const handle of [prelude, now, log, send, this.unwrapped(done)]) handle.dispose();
  }

  private send(requestJson: string): QuickJSHandle {
    const call = ++this.calls;
    const deferred = this.context.newPromise();
    this.waiting.set(call, deferred);
    this.begun.push({ call, request: JSON.parse(requestJson) as SandboxFetch });
    return deferred.handle.dup();
  }

  private evaluate(source: string): QuickJSHandle {
    return this.unwrapped(this.context.evalCode(source, FILE));
  }

  private parsed(json: string): QuickJSHandle {
    const parse = this.evaluate('JSON.parse');
    const text = this.context.newString(json);
    const value = this.context.callFunction(parse, this.context.undefined, text);
    parse.dispose();
    text.dispose();
    return this.unwrapped(value);
  }

  private unwrapped(result: ReturnType<QuickJSContext['evalCode']>): QuickJSHandle {
    if (!result.error) return result.value;
    throw result.error.consume((error) => new ThrownError(this.context.dump(error)));
  }

  private unwrappedJobs(): void {
    const ran = this.runtime.executePendingJobs();
    if (!ran.error) return;
    const { error } = ran;
    throw error.consume((handle) => new ThrownError(error.context.dump(handle)));
  }
}

interface Failure {
  readonly reason: string;
  readonly fault: SandboxFault;
}

/** What the function did that is no exception of its own. */
class ScriptError extends Error {}

/** What the function threw, dumped. */
class ThrownError {
  constructor(readonly thrown: unknown) {}
}

function thrownReason(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return `The script threw ${String(thrown)}`;
  const { name, message, stack } = thrown as Record<string, unknown>;
  if (message === 'out of memory') {
    return `The script used more than ${MAX_MEMORY_BYTES / 1_048_576} MiB of memory`;
  }
  const line = /script\.js:(\d+)/.exec(String(stack))?.[1];
  return `${String(name)}: ${String(message)}${line ? ` (line ${line})` : ''}`;
}
