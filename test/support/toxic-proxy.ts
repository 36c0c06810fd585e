import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a network does to the connections that lead through it. */
export type Toxic =
  /** Nobody listens. */
  | 'refused'
  /** The request arrives; the connection is reset before the first byte of the answer. */
  | 'reset before the answer'
  /** … after the first bytes of the answer. */
  | 'reset in the answer'
  /** The answer arrives whole, and then the connection is reset. */
  | 'reset after the answer'
  /** Nothing passes either way, and nobody is told; what was sent passes when it heals. */
  | 'black hole'
  /** Requests pass, answers don't until it heals. */
  | 'one way'
  /** Answers pass a byte at a time. */
  | 'drip'
  /** All passes, late. */
  | 'latency';

const DRIP_EVERY_MS = 1_000;
const LATENCY_MS = 100;
const FEW_BYTES = 20;

type Direction = 'request' | 'answer';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/** A TCP proxy in front of a real server, through which connections fare as they are told. */
export class ToxicProxy {
  private toxic: Toxic | null = null;
  private readonly links = new Set<Link>();
  private readonly held: Record<Direction, (() => void)[]> = { request: [], answer: [] };
  private readonly timers = new Set<NodeJS.Timeout>();

  private constructor(
    private readonly proxy: Server,
    private readonly target: { readonly host: string; readonly port: number },
  ) {
    proxy.on('connection', (client: Socket) => this.join(client));
  }

  static async before(url: string): Promise<ToxicProxy> {
    const { hostname, port } = new URL(url);
    const proxy = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    return new ToxicProxy(proxy, { host: hostname, port: Number(port) });
  }

  /** The URL of the server, by way of this proxy. */
  through(url: string): string {
    const by = new URL(url);
    by.hostname = '127.0.0.1';
    by.port = String((this.proxy.address() as AddressInfo).port);
    return by.toString();
  }

  /** From now on, for connections that are there and for new ones. */
  turn(toxic: Toxic): void {
    this.toxic = toxic;
    if (toxic === 'refused') this.cut();
  }

  heal(): void {
    this.toxic = null;
    for (const held of Object.values(this.held)) for (const act of held.splice(0)) act();
  }

  /** Resets every connection. */
  cut(): void {
    for (const held of Object.values(this.held)) held.length = 0;
    for (const { client, server } of this.links) {
      client.resetAndDestroy();
      server.destroy();
    }
    this.links.clear();
  }

  async stop(): Promise<void> {
    this.cut();
    for (const timer of this.timers) clearTimeout(timer);
    await new Promise((resolve) => this.proxy.close(resolve));
  }

  private join(client: Socket): void {
    client.on('error', () => undefined);
    if (this.toxic === 'refused') {
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.target);
    const link = { client, server };
    this.links.add(link);
    server.on('error', () => client.destroy());
    client.on('data', (chunk) =>
      this.pass('request', () => void (server.destroyed || server.write(chunk))),
    );
    server.on('data', (chunk) => this.answer(link, chunk));
    client.on('end', () => this.pass('request', () => server.end()));
    server.on('end', () => this.pass('answer', () => client.end()));
    client.on('close', () => {
      server.destroy();
      this.links.delete(link);
    });
    client.resume();
  }

  private answer(link: Link, chunk: Buffer): void {
    const { client } = link;
    if (this.toxic === 'reset before the answer') this.reset(link);
    else if (this.toxic === 'reset in the answer') {
      client.write(chunk.subarray(0, FEW_BYTES), () => this.reset(link));
    } else if (this.toxic === 'reset after the answer') {
      client.write(chunk, () => this.later(() => this.reset(link), 20));
    } else if (this.toxic === 'drip') this.drip(client, chunk);
    else this.pass('answer', () => void (client.destroyed || client.write(chunk)));
  }

  /** What is held stays in its order, its end behind it. */
  private pass(direction: Direction, act: () => void): void {
    const held = this.held[direction];
    const isHeld =
      this.toxic === 'black hole' || (this.toxic === 'one way' && direction === 'answer');
    if (isHeld || held.length > 0) held.push(act);
    else if (this.toxic === 'latency') this.later(act, LATENCY_MS);
    else act();
  }

  private drip(to: Socket, chunk: Buffer, from = 0): void {
    if (to.destroyed || from >= chunk.length) return;
    to.write(chunk.subarray(from, from + 1));
    this.later(() => this.drip(to, chunk, from + 1), DRIP_EVERY_MS);
  }

  private reset({ client, server }: Link): void {
    client.resetAndDestroy();
    server.destroy();
  }

  private later(act: () => void, ms: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, ms);
    this.timers.add(timer);
  }
}
