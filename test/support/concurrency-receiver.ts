import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A receiver that takes its time, and knows how many requests it had before it at once. */
export class ConcurrencyReceiver {
  readonly bodies: { n: number }[] = [];
  most = 0;
  underWay = 0;
  private watchers: (() => void)[] = [];

  private constructor(private readonly server: Server) {}

  static async start(answerAfterMs: number): Promise<ConcurrencyReceiver> {
    const server = createServer();
    const receiver = new ConcurrencyReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      receiver.most = Math.max(receiver.most, ++receiver.underWay);
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { data } = JSON.parse(Buffer.concat(chunks).toString()) as { data: { n: number } };
        receiver.bodies.push(data);
        for (const watcher of receiver.watchers.slice()) watcher();
        setTimeout(() => {
          receiver.underWay--;
          response.end('ok');
        }, answerAfterMs);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/hook`;
  }

  get received(): number {
    return this.bodies.length;
  }

  /** `most` from now on. */
  forgetMost(): void {
    this.most = this.underWay;
  }

  waitFor(count: number, timeoutMs = 15_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => (this.watchers = this.watchers.filter((other) => other !== watcher));
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`${this.received} of ${count} requests came in ${timeoutMs} ms`));
      }, timeoutMs);
      const watcher = () => {
        if (this.received < count) return;
        clearTimeout(timer);
        stop();
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
}
