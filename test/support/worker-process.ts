import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface WorkerProcessSettings {
  readonly databaseUrl: string;
  readonly redisUrl?: string;
  /** As in `INTEGRATION_KEYS`. */
  readonly keys: string;
  readonly shutdownGraceMs?: number;
  readonly operationsPort?: number;
}

const MAIN = fileURLToPath(new URL('../../apps/worker/dist/main.js', import.meta.url));
const STARTED = 'Delivering, by';
const START_WITHIN_MS = 60_000;

const running = new Set<ChildProcess>();
// Whatever ends the test run ends what it started.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The built worker as a process of its own. */
export class WorkerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: string[],
    /** The exit code, or the signal that ended it. */
    readonly ended: Promise<number | string | null>,
  ) {}

  /** Resolves once it delivers. */
  static async start(settings: WorkerProcessSettings): Promise<WorkerProcess> {
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        DATABASE_URL: settings.databaseUrl,
        REDIS_URL: settings.redisUrl ?? '',
        INTEGRATION_KEYS: settings.keys,
        SHUTDOWN_GRACE_MS: String(settings.shutdownGraceMs ?? ''),
        OPERATIONS_PORT: String(settings.operationsPort ?? ''),
      },
    });
    running.add(child);
    const lines: string[] = [];
    const ended = new Promise<number | string | null>((resolve) => {
      child.once('exit', (code, signal) => {
        running.delete(child);
        resolve(code ?? signal);
      });
    });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the worker did not start:\n${lines.join('')}`)),
        START_WITHIN_MS,
      );
      const hear = (chunk: Buffer) => {
        lines.push(chunk.toString());
        if (!lines.join('').includes(STARTED)) return;
        clearTimeout(timer);
        resolve();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      void ended.then((how) => {
        clearTimeout(timer);
        reject(new Error(`the worker ended with ${String(how)}:\n${lines.join('')}`));
      });
    });
    return new WorkerProcess(child, lines, ended);
  }

  /** All that it printed. */
  get output(): string {
    return this.lines.join('');
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends the signal and resolves when it has ended: how, and after how many milliseconds. */
  async end(signal: NodeJS.Signals): Promise<{ how: number | string | null; tookMs: number }> {
    const startedAt = performance.now();
    this.signal(signal);
    const how = await this.ended;
    return { how, tookMs: performance.now() - startedAt };
  }
}
