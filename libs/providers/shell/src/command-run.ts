import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { OutputTail } from './output-tail.js';

export interface Command {
  readonly path: string;
  readonly args: readonly string[];
  readonly stdin: string;
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How a command ended, and the ends of what it printed. */
export interface CommandResult {
  readonly end:
    | { readonly kind: 'exited'; readonly code: number }
    | { readonly kind: 'killed'; readonly signal: string }
    | { readonly kind: 'not started'; readonly reason: string; readonly isBusy: boolean }
    | { readonly kind: 'timed out' }
    | { readonly kind: 'printed too much' }
    | { readonly kind: 'aborted' };
  readonly stdout: string;
  readonly stderr: string;
  readonly totalMs: number;
}

/** How long a command may tidy up after SIGTERM. */
const GRACE_MS = 1_000;
/** One that left its group may hold the pipes open. */
const PIPES_CLOSE_WITHIN_MS = 500;
const MAX_OUTPUT = 1_048_576;

const running = new Set<ChildProcess>();

/**
 * Runs a command in a process group of its own, by no shell. When it ends, whatever became of it, all
 * of its group is killed.
 */
export async function runCommand(command: Command): Promise<CommandResult> {
  const startedAt = performance.now();
  const stdout = new OutputTail();
  const stderr = new OutputTail();
  const end = command.signal.aborted
    ? ({ kind: 'aborted' } as const)
    : await ended(command, { stdout, stderr });
  return {
    end,
    stdout: stdout.text(),
    stderr: stderr.text(),
    totalMs: Math.round(performance.now() - startedAt),
  };
}

function ended(
  { path, args, stdin, environment, workingDirectory, timeoutMs, signal }: Command,
  { stdout, stderr }: { stdout: OutputTail; stderr: OutputTail },
): Promise<CommandResult['end']> {
  return new Promise((resolve) => {
    let child: ChildProcessWithoutNullStreams;
    try {
      child = spawn(path, args, { cwd: workingDirectory, env: environment, detached: true });
    } catch (error) {
      resolve(notStarted(error));
      return;
    }
    watch(child);
    /** Why it had to be ended; null: it ended by itself. */
    let cause: CommandResult['end'] | null = null;
    let grace: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      cause ??= { kind: 'timed out' };
      killGroup(child, 'SIGTERM');
      grace = setTimeout(() => killGroup(child, 'SIGKILL'), GRACE_MS);
    }, timeoutMs);
    const abort = () => {
      cause ??= { kind: 'aborted' };
      killGroup(child, 'SIGKILL');
    };
    signal.addEventListener('abort', abort, { once: true });

    const take = (tail: OutputTail) => (chunk: Buffer) => {
      tail.add(chunk);
      if (stdout.length + stderr.length <= MAX_OUTPUT) return;
      cause ??= { kind: 'printed too much' };
      killGroup(child, 'SIGKILL');
    };
    child.stdout.on('data', take(stdout));
    child.stderr.on('data', take(stderr));
    // It need not read what it is told.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);

    const settle = (end: CommandResult['end']) => {
      clearTimeout(timer);
      clearTimeout(grace);
      signal.removeEventListener('abort', abort);
      unwatch(child);
      for (const stream of child.stdio) stream?.destroy();
      resolve(end);
    };
    child.once('error', (error) => {
      if (child.pid === undefined) settle(notStarted(error));
    });
    child.once('exit', (code, killedBy) => {
      killGroup(child, 'SIGKILL');
      const end = cause ?? endOf(code, killedBy);
      const late = setTimeout(() => settle(end), PIPES_CLOSE_WITHIN_MS);
      child.once('close', () => {
        clearTimeout(late);
        settle(cause ?? end);
      });
    });
  });
}

/** The machine has no room for it just now. */
const BUSY = /\b(EAGAIN|EMFILE|ENFILE|ENOMEM|ETXTBSY)\b/;

function notStarted(error: unknown): CommandResult['end'] {
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: 'not started', reason, isBusy: BUSY.test(reason) };
}

function endOf(code: number | null, signal: NodeJS.Signals | null): CommandResult['end'] {
  if (code !== null) return { kind: 'exited', code };
  return { kind: 'killed', signal: signal ?? 'a signal' };
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}

/** A process that ends takes its commands with it. */
function watch(child: ChildProcess): void {
  if (running.size === 0) process.on('exit', killAll);
  running.add(child);
}

function unwatch(child: ChildProcess): void {
  running.delete(child);
  if (running.size === 0) process.off('exit', killAll);
}

function killAll(): void {
  for (const child of running) killGroup(child, 'SIGKILL');
}
