import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

type Message = Record<string, unknown>;

/** The sink process, as a phase sees it. */
export class Receiver {
  private constructor(
    private readonly child: ChildProcess,
    private readonly ports: readonly number[],
  ) {}

  /** At as many ports: one a receiver of its own. */
  static async start(ports = 1): Promise<Receiver> {
    const child = fork(fileURLToPath(new URL('./sink.js', import.meta.url)), [String(ports)]);
    const opened = await next(child, 'ports');
    return new Receiver(child, Array.isArray(opened['ports']) ? opened['ports'].map(Number) : []);
  }

  get url(): string {
    return this.urlAt(0);
  }

  /** Requests to `hang` are not answered, to `uncounted` and `hang` not counted. */
  urlAt(index: number, path: 'hook' | 'hang' | 'uncounted' = 'hook'): string {
    return `http://127.0.0.1:${this.ports[index]}/${path}`;
  }

  /** Counts from zero; the promise it resolves to resolves when `count` requests have arrived. */
  async expect(count: number): Promise<{ reached: Promise<unknown> }> {
    const ready = next(this.child, 'ready');
    this.child.send({ expect: count });
    await ready;
    return { reached: next(this.child, 'reached') };
  }

  /** Requests since `expect`. */
  async count(): Promise<number> {
    const report = next(this.child, 'count');
    this.child.send({ report: true });
    return Number((await report)['count']);
  }

  async latenciesMs(): Promise<number[]> {
    const report = next(this.child, 'latenciesMs');
    this.child.send({ report: true });
    const { latenciesMs } = await report;
    return Array.isArray(latenciesMs) ? latenciesMs.map(Number) : [];
  }

  stop(): void {
    this.child.disconnect();
  }
}

function next(child: ChildProcess, key: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: Message) => {
      if (!(key in message)) return;
      child.off('message', onMessage);
      resolve(message);
    };
    child.on('message', onMessage);
    child.once('exit', () => reject(new Error('the sink ended')));
  });
}
