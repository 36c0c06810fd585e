import { Worker } from 'node:worker_threads';
import type { SandboxCall, SandboxFault, SandboxResult } from './sandbox.types.js';
import type { FetchAnswer, FromThread, ThreadReady, ToThread } from './thread-messages.js';

/** Beyond its processor time, what a run may overstep before its thread is killed, in milliseconds. */
const GRACE_MS = 1_000;
const DEFAULT_CPU_MS = 100;
const DEFAULT_TIMEOUT_MS = 10_000;
/** Each that waits for a fetch holds its memory, 8 MiB at most; more of them begin when others end. */
const MAX_BEGUN = 32;
const ENTRY = import.meta.url.endsWith('.ts')
  ? // On the sources, as the tests run: the thread is what was last built.
    new URL('../../dist/sandbox/sandbox-thread.js', import.meta.url)
  : new URL('./sandbox-thread.js', import.meta.url);

interface Run {
  readonly call: SandboxCall;
  readonly resolve: (result: SandboxResult) => void;
  readonly timer: NodeJS.Timeout;
}

type Slice = Exclude<ToThread, { kind: 'cancel' }>;

/**
 * A thread with its runs, seen from outside. It is given one slice of work at a time, and killed
 * when it does not answer: some things in QuickJS heed no interrupt.
 */
export class SandboxThreadHost {
  private readonly worker: Worker;
  private readonly runs = new Map<number, Run>();
  private readonly begun = new Set<number>();
  private readonly slices: Slice[] = [];
  private current: { readonly slice: Slice; readonly watchdog: NodeJS.Timeout } | null = null;
  /** Until then nothing is begun: how long a thread takes to start is no script's fault. */
  private isReady = false;
  private runIds = 0;

  constructor(private readonly onEnd: (host: SandboxThreadHost) => void) {
    this.worker = new Worker(ENTRY, {
      env: {},
      argv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
    // A process that has nothing else to do may end.
    this.worker.unref();
    this.worker.on('message', (message: ThreadReady | FromThread) => {
      if (message.kind === 'ready') this.started();
      else this.answered(message);
    });
    this.worker.on('error', (error) => this.end(`The sandbox failed: ${error.message}`));
  }

  /** Runs that are not done. */
  get load(): number {
    return this.runs.size;
  }

  run(call: SandboxCall): Promise<SandboxResult> {
    const run = ++this.runIds;
    const {
      source,
      argumentJson,
      now,
      cpuMs = DEFAULT_CPU_MS,
      timeoutMs = DEFAULT_TIMEOUT_MS,
    } = call;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.timedOut(run, timeoutMs), timeoutMs);
      this.runs.set(run, { call, resolve, timer });
      const hasFetch = call.fetch !== undefined;
      this.push({ kind: 'start', run, source, argumentJson, now, cpuMs, hasFetch });
    });
  }

  async close(): Promise<void> {
    this.end('The sandbox was closed');
    await this.worker.terminate();
  }

  private started(): void {
    this.isReady = true;
    this.next();
  }

  private push(slice: Slice): void {
    this.slices.push(slice);
    this.next();
  }

  private next(): void {
    if (!this.isReady || this.current) return;
    const slice = this.nextSlice();
    if (!slice) return;
    this.begun.add(slice.run);
    const cpuMs = this.runs.get(slice.run)?.call.cpuMs ?? DEFAULT_CPU_MS;
    const watchdog = setTimeout(() => this.stuck(), cpuMs + GRACE_MS);
    this.current = { slice, watchdog };
    this.worker.postMessage(slice);
  }

  private nextSlice(): Slice | undefined {
    const isTurn = ({ kind, run }: Slice): boolean =>
      !this.runs.has(run) || kind === 'resume' || this.begun.size < MAX_BEGUN;
    for (;;) {
      const index = this.slices.findIndex(isTurn);
      const [slice] = index === -1 ? [] : this.slices.splice(index, 1);
      if (!slice || this.runs.has(slice.run)) return slice;
    }
  }

  private answered(message: FromThread): void {
    if (this.current) clearTimeout(this.current.watchdog);
    this.current = null;
    if (message.kind === 'done') this.settle(message.run, message.result);
    else for (const { call, request } of message.fetches) this.fetch(message.run, call, request);
    this.next();
  }

  private fetch(
    run: number,
    call: number,
    request: Parameters<NonNullable<SandboxCall['fetch']>>[0],
  ): void {
    const fetching =
      this.runs.get(run)?.call.fetch?.(request) ?? Promise.reject(new Error('no fetch'));
    const resume = (answer: FetchAnswer) => this.push({ kind: 'resume', run, call, answer });
    fetching.then(resume, (error: unknown) => {
      resume({ error: error instanceof Error ? error.message : String(error) });
    });
  }

  private timedOut(run: number, timeoutMs: number): void {
    this.settle(run, failed(`The script took more than ${timeoutMs} ms`, 'time'));
    this.worker.postMessage({ kind: 'cancel', run } satisfies ToThread);
    this.next();
  }

  private stuck(): void {
    const run = this.current?.slice.run;
    if (run !== undefined)
      this.settle(run, failed('The script did not let itself be stopped in time', 'time'));
    this.end('Another script took down the sandbox; this one was not to blame');
    void this.worker.terminate();
  }

  private end(reason: string): void {
    if (this.current) clearTimeout(this.current.watchdog);
    this.current = null;
    this.slices.length = 0;
    this.onEnd(this);
    for (const run of this.runs.keys()) this.settle(run, failed(reason, 'sandbox'));
  }

  private settle(id: number, result: SandboxResult): void {
    const run = this.runs.get(id);
    if (!run) return;
    this.runs.delete(id);
    this.begun.delete(id);
    clearTimeout(run.timer);
    run.resolve(result);
  }
}

function failed(reason: string, fault: SandboxFault): SandboxResult {
  return { ok: false, reason, fault, console: [] };
}
