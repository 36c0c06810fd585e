import {
  Scope,
  type QuickJSContext,
  type QuickJSDeferredPromise,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
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
/** Of a name or a message that was thrown. */
const MAX_THROWN = 2_000;

/** One function, running in a realm of its own that has nothing of the host. */
export class QuickJsRun {
  private readonly runtime: QuickJSRuntime;
  private readonly context: QuickJSContext;
  /** All handles live as long as the run: one that was left over would take down the thread. */
  private readonly handles = new Scope();
  private tools: Tools | null = null;
  private hasBegun = false;
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
      const { parse } = (this.tools = this.prepare());
      const made = this.function();
      const { argumentJson } = this.start;
      if (argumentJson === null) {
        this.returned = this.context.undefined;
        return;
      }
      const argument = this.called(parse, this.own(this.context.newString(argumentJson)));
      this.returned = this.called(made, argument);
    });
  }

  /** Goes on with what a fetch brought. */
  resume(call: number, answer: FetchAnswer): FromThread {
    return this.slice(() => {
      const deferred = this.waiting.get(call);
      if (!deferred) return;
      this.waiting.delete(call);
      deferred.resolve(this.own(this.context.newString(JSON.stringify(answer))));
      deferred.dispose();
    });
  }

  dispose(): void {
    for (const deferred of this.waiting.values()) deferred.dispose();
    this.waiting.clear();
    this.handles.dispose();
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
    if (state.type === 'rejected') throw this.thrownBy(state.error);
    return this.jsonOf(state.notAPromise ? state.value : this.own(state.value));
  }

  private jsonOf(value: QuickJSHandle): string | null {
    if (!this.tools) return null;
    const text = this.called(this.tools.stringify, value);
    if (this.context.typeof(text) !== 'string') return null;
    const json = this.context.getString(text);
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
    const reason = error instanceof ScriptError ? `The script ${error.message}` : error.message;
    return { reason, fault: this.hasBegun ? 'script' : 'source' };
  }

  private isOutOfTime(): boolean {
    return this.usedMs + performance.now() - this.sliceBegan > this.start.cpuMs;
  }

  private prepare(): Tools {
    const { context } = this;
    const log = this.own(
      context.newFunction('log', (text) => {
        if (this.console.length < MAX_CONSOLE_LINES) {
          this.console.push(context.getString(text).slice(0, MAX_CONSOLE_LINE));
        }
      }),
    );
    const send = this.start.hasFetch
      ? this.own(context.newFunction('send', (text) => this.send(context.getString(text))))
      : context.undefined;
    const now = this.own(context.newNumber(this.start.now));
    const prelude = this.evaluate(PRELUDE);
    const tools = this.called(prelude, now, log, send);
    const tool = (index: number) => this.own(context.getProp(tools, index));
    return { parse: tool(0), stringify: tool(1), tell: tool(2) };
  }

  private function(): QuickJSHandle {
    const made = this.evaluate(`(${this.start.source}\n)`);
    if (this.context.typeof(made) !== 'function') {
      throw new ScriptError('must be a function: (event) => …');
    }
    this.hasBegun = true;
    return made;
  }

  private send(requestJson: string): QuickJSHandle {
    const request: unknown = JSON.parse(requestJson);
    if (!isFetch(request)) throw new TypeError('fetch takes a URL, texts as headers and a text');
    const call = ++this.calls;
    const deferred = this.context.newPromise();
    this.waiting.set(call, deferred);
    this.begun.push({ call, request });
    return deferred.handle.dup();
  }

  private evaluate(source: string): QuickJSHandle {
    return this.unwrapped(this.context.evalCode(source, FILE));
  }

  private called(callee: QuickJSHandle, ...given: QuickJSHandle[]): QuickJSHandle {
    return this.unwrapped(this.context.callFunction(callee, this.context.undefined, ...given));
  }

  private unwrapped(result: ReturnType<QuickJSContext['evalCode']>): QuickJSHandle {
    if (!result.error) return this.own(result.value);
    throw this.thrownBy(result.error);
  }

  private unwrappedJobs(): void {
    const { error } = this.runtime.executePendingJobs();
    if (error) throw this.thrownBy(error);
  }

  /** Told inside: what is thrown there may be anything. */
  private thrownBy(error: QuickJSHandle): ThrownError {
    this.own(error);
    const { context } = this;
    const told = this.tools && context.callFunction(this.tools.tell, context.undefined, error);
    if (!told) return new ThrownError(UNTELLABLE);
    if (!told.error) return new ThrownError(context.getString(this.own(told.value)));
    this.own(told.error);
    return new ThrownError(UNTELLABLE);
  }

  private own(handle: QuickJSHandle): QuickJSHandle {
    return this.handles.manage(handle);
  }
}

/** Functions of the sandbox, as they were before the script began. */
interface Tools {
  readonly parse: QuickJSHandle;
  readonly stringify: QuickJSHandle;
  readonly tell: QuickJSHandle;
}

interface Failure {
  readonly reason: string;
  readonly fault: SandboxFault;
}

/** What the function did that is no exception of its own. */
class ScriptError extends Error {}

/** What the function threw, by what `tell` says of it. */
class ThrownError extends Error {
  constructor(told: string) {
    super(thrownReason(told));
  }
}

const UNTELLABLE = 'what can’t be told';

function thrownReason(told: string): string {
  const [name = '', message, stack] = told.split('\x01');
  if (message === undefined) return `The script threw ${name.slice(0, MAX_THROWN)}`;
  if (message === 'out of memory') {
    return `The script used more than ${MAX_MEMORY_BYTES / 1_048_576} MiB of memory`;
  }
  const line = /script\.js:(\d+)/.exec(String(stack))?.[1];
  const what = `${name}: ${message}`.slice(0, MAX_THROWN);
  return `${what}${line ? ` (line ${line})` : ''}`;
}

/** A script may have changed what the prelude works with. */
function isFetch(value: unknown): value is SandboxFetch {
  if (typeof value !== 'object' || value === null) return false;
  const { url, method, headers, body }: Partial<Record<string, unknown>> = { ...value };
  const isText = (text: unknown): boolean => typeof text === 'string';
  return (
    isText(url) &&
    isText(method) &&
    (isText(body) || body === null) &&
    typeof headers === 'object' &&
    headers !== null &&
    Object.values(headers).every(isText)
  );
}
