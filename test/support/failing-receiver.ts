import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A receiver that can be broken and mended; what it answers says which call it was. */
export class FailingReceiver {
  calls = 0;
  private isBroken = true;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      request.resume();
      request.on('end', () => {
        this.calls++;
        response.writeHead(this.isBroken ? 503 : 200, {
          'content-type': 'application/json',
          'x-call': String(this.calls),
        });
        response.end(
          JSON.stringify(
            this.isBroken ? { error: 'The ledger is down', call: this.calls } : { ok: true },
          ),
        );
      });
    });
  }

  static async start(): Promise<FailingReceiver> {
    const server = createServer();
    const receiver = new FailingReceiver(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/hooks`;
  }

  break(): void {
    this.isBroken = true;
  }

  mend(): void {
    this.isBroken = false;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
