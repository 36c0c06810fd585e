import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Receiver } from '@nest-integrations/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultHost } from '../support/fault-host.js';
import { reportFault } from '../support/fault-report.js';
import type { Host } from '../support/host.js';
import { LogLines } from '../support/log-lines.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';
import { until } from '../support/until.js';

const TIMEOUT_MS = 5_000;
/** How much later than its deadline an attempt may be over, on a machine that does much else. */
const LATE_MS = 3_000;
const PER_RECEIVER = 10;
const MEBIBYTE = 1_048_576;
/** Made once: making it would hold up the host, which runs in this process too. */
const BOMB = gzipSync(Buffer.alloc(64 * MEBIBYTE));

type Behaviour = (socket: Socket) => void;

const head = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n\r\n`;
const OK = head(['HTTP/1.1 200 OK', 'content-length: 2']);

/** Writes for as long as somebody reads. */
function endlessly(socket: Socket, chunk: Buffer | string): void {
  const write = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', write);
  write();
}

function every(socket: Socket, ms: number, act: () => void): void {
  const timer = setInterval(act, ms);
  socket.on('close', () => clearInterval(timer));
}

/** What a receiver does with a connection once a request is there, and what is to be said of it. */
const HOSTILE: Readonly<Record<string, readonly [outcome: RegExp, behave: Behaviour]>> = {
  'never answers': [/within|time/i, () => undefined],
  'drips its headers': [
    /within|time/i,
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
      every(socket, 50, () => socket.write('a'));
    },
  ],
  'drips its body': [
    /within|time/i,
    (socket) => {
      socket.write(head(['HTTP/1.1 200 OK', 'content-length: 1000000']));
      every(socket, 50, () => socket.write('a'));
    },
  ],
  'sends a body without end': [
    /delivered/,
    (socket) => {
      socket.write(head(['HTTP/1.1 200 OK']));
      endlessly(socket, Buffer.alloc(65_536, 'x'));
    },
  ],
  'sends a chunk without end': [
    /delivered/,
    (socket) => {
      socket.write(head(['HTTP/1.1 200 OK', 'transfer-encoding: chunked']) + 'ffffffff\r\n');
      endlessly(socket, Buffer.alloc(65_536, 'x'));
    },
  ],
  'sends headers without end': [
    /headers/,
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      endlessly(socket, `x-more: ${'y'.repeat(1_000)}\r\n`);
    },
  ],
  'floods with interim answers': [
    /interim|HTTP/,
    (socket) => endlessly(socket, head(['HTTP/1.1 103 Early Hints', 'link: </a>'])),
  ],
  'sends a gzip bomb': [
    /delivered/,
    (socket) => {
      const length = `content-length: ${BOMB.length}`;
      socket.write(head(['HTTP/1.1 200 OK', 'content-encoding: gzip', length]));
      socket.end(BOMB);
    },
  ],
  'speaks another protocol': [/HTTP/, (socket) => socket.end('220 mail.example ESMTP\r\n')],
  'answers with garbage': [/HTTP/, (socket) => socket.end(Buffer.alloc(4_096, 0xff))],
  'closes without a word': [/closed|reset/, (socket) => socket.end()],
  'resets without a word': [/closed|reset/, (socket) => socket.resetAndDestroy()],
  'closes in the middle of its body': [
    /closed|reset/,
    (socket) => socket.end(head(['HTTP/1.1 200 OK', 'content-length: 100']) + 'half'),
  ],
  // The system drops what was not read yet where a reset overtakes it.
  'answers 200 and resets': [
    /delivered|reset/,
    (socket) => socket.write(`${OK}ok`, () => setTimeout(() => socket.resetAndDestroy(), 5)),
  ],
  'answers two contradicting lengths': [
    /HTTP|content-length/,
    (socket) =>
      socket.end(head(['HTTP/1.1 200 OK', 'content-length: 2', 'content-length: 3']) + 'abc'),
  ],
  'redirects to a cloud’s metadata': [
    /302|redirect/i,
    (socket) =>
      socket.end(
        head([
          'HTTP/1.1 302 Found',
          'location: http://169.254.169.254/latest/meta-data/',
          'content-length: 0',
        ]),
      ),
  ],
  'redirects to itself': [
    /302|redirect/i,
    (socket) => socket.end(head(['HTTP/1.1 302 Found', 'location: /hook', 'content-length: 0'])),
  ],
  'wants to switch protocols': [
    /101|upgrade|HTTP|closed|reset/i,
    (socket) =>
      socket.write(head(['HTTP/1.1 101 Switching Protocols', 'upgrade: x', 'connection: upgrade'])),
  ],
  'asks to wait for a century': [
    /429/,
    (socket) =>
      socket.end(
        head(['HTTP/1.1 429 Too Many Requests', 'retry-after: 3155760000', 'content-length: 0']),
      ),
  ],
  'asks to wait until yesterday': [
    /503/,
    (socket) =>
      socket.end(
        head([
          'HTTP/1.1 503 Service Unavailable',
          `retry-after: ${new Date(Date.now() - 86_400_000).toUTCString()}`,
          'content-length: 0',
        ]),
      ),
  ],
};

class HostileReceiver {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    behave: Behaviour,
  ) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
      socket.once('data', () => behave(socket));
    });
  }

  static async start(behave: Behaviour): Promise<HostileReceiver> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HostileReceiver(server, behave);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  get open(): number {
    return this.sockets.size;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

describe('hostile receivers, all at once', () => {
  const receivers = new Map<string, HostileReceiver>();
  const subscriptions = new Map<string, string>();
  let database: FreshDatabase;
  let good: Receiver;
  let host: Host;
  let goodId: string;
  let rssBefore: number;
  let rssAtMost = 0;
  let published = 0;
  let latestGoodMs = 0;

  beforeAll(async () => {
    database = await freshDatabase();
    good = await Receiver.start();
    host = await startFaultHost({
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: redisUrl(),
      redisPrefix: 'hostile',
      worker: { concurrency: 128, leaseMs: 30_000 },
    });
    host.app.useLogger(new LogLines());
    for (const [name, [, behave]] of Object.entries(HOSTILE)) {
      const receiver = await HostileReceiver.start(behave);
      receivers.set(name, receiver);
      const { id } = await host.subscribe(receiver.url, {
        name,
        timeoutMs: TIMEOUT_MS,
        retryPolicy: { delaysSeconds: [3_600, 3_600] },
      });
      subscriptions.set(name, id);
    }
    goodId = (await host.subscribe(good.url, { name: 'good' })).id;
    global.gc?.();
    rssBefore = process.memoryUsage().rss;
    const at = new Map<string, number>();
    for (; published < PER_RECEIVER; published++) {
      const { id } = await host.publisher.publish('order.paid', { n: published });
      at.set(id, performance.now());
      rssAtMost = Math.max(rssAtMost, process.memoryUsage().rss);
    }
    await good.waitFor(PER_RECEIVER, 30_000);
    for (const { headers, at: came } of good.requests) {
      latestGoodMs = Math.max(latestGoodMs, came - (at.get(headers['webhook-id'] ?? '') ?? 0));
    }
    await until(
      'every delivery to have its attempt',
      async () => {
        rssAtMost = Math.max(rssAtMost, process.memoryUsage().rss);
        const found = await host.allDeliveries({});
        return found.every(({ attempts, status }) => attempts > 0 && status !== 'attempting');
      },
      { withinMs: 60_000 },
    );
  });

  afterAll(async () => {
    await host?.stop();
    for (const receiver of receivers.values()) receiver.stop();
    await good?.stop();
    await database?.drop();
  });

  it.each(Object.keys(HOSTILE))(
    'one that %s: a true attempt on record, and over in time',
    async (name) => {
      const [expected] = HOSTILE[name] ?? [/./];
      const found = await host.allDeliveries({ subscriptionId: subscriptions.get(name) });
      expect(found).toHaveLength(PER_RECEIVER);
      for (const { id } of found) {
        const { log, status } = await host.deliveries.get(id, 'all');
        const [attempt] = log;
        const said = `${attempt?.outcome} ${attempt?.response?.status} ${attempt?.error}`;
        expect(said).toMatch(expected);
        expect(status).toBe(attempt?.outcome === 'delivered' ? 'delivered' : status);
        expect(attempt?.latencyMs).toBeLessThan(TIMEOUT_MS + LATE_MS);
      }
    },
  );

  it('keep nobody else waiting', () => {
    expect(good.requests).toHaveLength(PER_RECEIVER);
    expect(latestGoodMs).toBeLessThan(5_000);
    reportFault({
      promise: 'no receiver keeps another waiting',
      fault: `${receivers.size} hostile receivers at once`,
      events: published,
      lost: PER_RECEIVER - good.ids().size,
      duplicates: good.requests.length - good.ids().size,
      recoveryMs: Math.round(latestGoodMs),
    });
  });

  it('hold no connection of ours past the end of their attempts, and no memory', async () => {
    const endless = ['sends a body without end', 'drips its body', 'never answers'];
    await until('the connections to be cut', () =>
      endless.every((name) => receivers.get(name)?.open === 0),
    );
    expect(rssAtMost - rssBefore).toBeLessThan(400 * MEBIBYTE);
  });

  it('hold no connection of the database', async () => {
    await until('nothing to be under way', async () => {
      const found = await host.allDeliveries({ subscriptionId: goodId });
      return found.every(({ status }) => status === 'delivered');
    });
    const { id } = await host.publisher.publish('order.paid', { n: -1 });
    await good.waitFor(() => good.ids().has(id));
  });
});
