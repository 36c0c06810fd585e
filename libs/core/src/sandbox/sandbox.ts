import { SandboxThreadHost } from './sandbox-thread.host.js';
import type { SandboxCall, SandboxResult } from './sandbox.types.js';

const DEFAULT_THREADS = 1;

/**
 * Runs JavaScript that admins wrote: QuickJS in WebAssembly in threads of its own. A script reaches
 * nothing of the host but what its call gives it; its time and memory are bounded, and one that
 * can't be stopped otherwise is killed with its thread, never felt by the rest of the process.
 */
export class Sandbox {
  private readonly threads = new Set<SandboxThreadHost>();

  /** @param maxThreads started when they are first needed. Default 1 */
  constructor(private readonly maxThreads = DEFAULT_THREADS) {}

  /** Never rejects: what goes wrong is the result. */
  run(call: SandboxCall): Promise<SandboxResult> {
    return this.thread().run(call);
  }

  /** What is wrong with a source as such, with its line; `null`: it yields a function. */
  async problem(source: string): Promise<string | null> {
    const result = await this.run({ source, argumentJson: null, now: 0 });
    return result.ok ? null : result.reason;
  }

  async close(): Promise<void> {
    await Promise.all([...this.threads].map((thread) => thread.close()));
  }

  private thread(): SandboxThreadHost {
    const [idlest] = [...this.threads].toSorted((a, b) => a.load - b.load);
    if (idlest && (idlest.load === 0 || this.threads.size >= this.maxThreads)) return idlest;
    const thread = new SandboxThreadHost((ended) => this.threads.delete(ended));
    this.threads.add(thread);
    return thread;
  }
}
