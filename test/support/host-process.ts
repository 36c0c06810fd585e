import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type {
  HostAnswer,
  HostQuestion,
  HostRequest,
  HostSettings,
} from '../faults/process/messages.js';
import { LogLines } from './log-lines.js';

const MAIN = fileURLToPath(
  new URL('../faults/process/dist/faults/process/host.js', import.meta.url),
);
const READY_WITHIN_MS = 60_000;

interface Asked {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

/** A host app as a process of its own, to be killed, stopped and started again. */
export class HostProcess {
  private readonly asked = new Map<number, Asked>();
  private nextId = 0;

  private constructor(
    private readonly child: ChildProcess,
    /** What it logged. */
    readonly log: LogLines,
  ) {
    child.on('message', (message: HostAnswer | 'ready') => {
      if (message !== 'ready') this.hear(message);
    });
    child.once('exit', () => {
      for (const { reject } of this.asked.values()) reject(new Error('the process ended'));
      this.asked.clear();
    });
  }

  /** Resolves once it takes requests. `main`: another build of the host, for an older release. */
  static async start(
    settings: HostSettings,
    log = new LogLines(),
    main = MAIN,
  ): Promise<HostProcess> {
    const child = fork(main, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, FAULT_HOST: JSON.stringify(settings) },
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => log.hear(line));
    }
    const host = new HostProcess(child, log);
    const timer = setTimeout(() => child.kill('SIGKILL'), READY_WITHIN_MS);
    const [first] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [
      unknown,
    ];
    clearTimeout(timer);
    if (first !== 'ready') throw new Error(`the host did not start:\n${log.tail()}`);
    return host;
  }

  /** @throws Error where it was refused, or the process ended before it answered */
  ask(request: HostRequest): Promise<string> {
    return new Promise((resolve, reject) => {
      if (!this.isAlive) {
        reject(new Error('the process has ended'));
        return;
      }
      const question: HostQuestion = { id: this.nextId++, request };
      this.asked.set(question.id, { resolve, reject });
      this.child.send(question, (error) => {
        if (error && this.asked.delete(question.id)) reject(error);
      });
    });
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal);
  }

  /** Resolves when it has ended. */
  async kill(): Promise<void> {
    if (!this.isAlive) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  private hear(answer: HostAnswer): void {
    const asked = this.asked.get(answer.id);
    this.asked.delete(answer.id);
    if ('value' in answer) asked?.resolve(answer.value);
    else asked?.reject(new Error(answer.error));
  }
}
