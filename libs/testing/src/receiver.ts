import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** By `performance.now()`. */
  readonly at: number;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** `reset`: the connection is cut instead of an answer. `never`: no answer comes. */
  readonly instead?: 'reset' | 'never';
}

type Script = (request: ReceivedRequest, index: number) => Answer;

/** A real HTTP receiver on 127.0.0.1 that keeps what it gets and answers as it is told. */
export class Receiver {
  readonly requests: ReceivedRequest[] = [];
  private script: Script = () => ({ status: 200, body: 'ok' });
  private held: Promise<void> = Promise.resolve();
  private watchers: (() => void)[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => void this.receive(request, response, Buffer.concat(chunks)));
    });
  }

  static async start(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Receiver(server);
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/hook`;
  }

  /** How to answer from now on; `index` counts the requests ever received, from 0. */
  answer(script: Script): void {
    this.script = script;
  }

  /** Answers nobody until the function it returns is called. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.held = new Promise((resolve) => (release = resolve));
    return release;
  }

  /** The `webhook-id`s received. */
  ids(): Set<string> {
    return new Set(this.requests.map(({ headers }) => headers['webhook-id'] ?? ''));
  }

  /** Resolves when that many requests have come, or the condition holds. */
  waitFor(condition: number | (() => boolean), timeoutMs = 10_000): Promise<void> {
    const holds =
      typeof condition === 'number' ? () => this.requests.length >= condition : condition;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.watchers = this.watchers.filter((other) => other !== watcher);
        reject(
          new Error(
            `after ${timeoutMs} ms the receiver has ${this.requests.length} requests with ${this.ids().size} ids` +
              (typeof condition === 'number' ? `, of ${condition} awaited` : ''),
          ),
        );
      }, timeoutMs);
      const watcher = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.watchers = this.watchers.filter((other) => other !== watcher);
        resolve();
      };
      this.watchers.push(watcher);
      watcher();
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async receive(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): Promise<void> {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        [value ?? ''].flat().join(', '),
      ]),
    );
    const received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers,
      body,
      at: performance.now(),
    };
    const index = this.requests.push(received) - 1;
    const answer = this.script(received, index);
    for (const watcher of this.watchers.slice()) watcher();
    await this.held;
    if (answer.instead === 'never') return;
    if (answer.instead === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? '');
  }
}
