import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgressProxy } from './egress-proxy.js';
import { OutboundHttp, type OutboundHttpOptions } from './outbound-http.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Both ways, until one side ends. */
function joined(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
  }
}

interface TestProxy {
  readonly url: string;
  /** `address:port` of each connection that was asked for. */
  readonly asked: string[];
}

/** An HTTP proxy that knows CONNECT alone. */
async function connectProxy(
  answer: (headers: IncomingHttpHeaders) => number = () => 200,
): Promise<TestProxy> {
  const asked: string[] = [];
  const server = createHttpServer().on('connect', (request, client) => {
    asked.push(request.url ?? '');
    const status = answer(request.headers);
    if (status !== 200) return client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port), hostname.replaceAll(/[[\]]/g, ''), () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      joined(client as Socket, target);
    });
    target.on('error', () => client.end('HTTP/1.1 502 Bad gateway\r\n\r\n'));
  });
  return { url: `http://127.0.0.1:${await listening(server)}`, asked };
}

/** RFC 1928 and 1929, as far as a client that connects to IPv4 addresses needs. */
async function socksProxy(credentials?: string): Promise<TestProxy> {
  const asked: string[] = [];
  const server = createServer((client) => {
    let step: 'greeting' | 'credentials' | 'request' = 'greeting';
    client.on('error', () => undefined);
    client.on('data', function hear(chunk) {
      if (step === 'greeting') {
        step = credentials === undefined ? 'request' : 'credentials';
        client.write(Buffer.from([5, credentials === undefined ? 0 : 2]));
      } else if (step === 'credentials') {
        const userLength = chunk[1] ?? 0;
        const user = chunk.subarray(2, 2 + userLength).toString();
        const password = chunk.subarray(3 + userLength).toString();
        const isRight = `${user}:${password}` === credentials;
        step = 'request';
        client.write(Buffer.from([1, isRight ? 0 : 1]));
        if (!isRight) client.end();
      } else {
        client.off('data', hear);
        const [, , , type] = chunk;
        const address = type === 1 ? chunk.subarray(4, 8).join('.') : 'a name';
        const port = chunk.readUInt16BE(8);
        asked.push(`${address}:${port}`);
        const target = connect(port, address, () => {
          client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          joined(client, target);
        });
        target.on('error', () => client.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])));
      }
    });
  });
  return { url: `socks5://127.0.0.1:${await listening(server)}`, asked };
}

async function receiver(): Promise<{ port: number; connections: () => number }> {
  let count = 0;
  const server = createHttpServer((request, response) => response.end(`path ${request.url}`));
  server.on('connection', () => count++);
  return { port: await listening(server), connections: () => count };
}

function client(proxy: string, options: OutboundHttpOptions = {}): OutboundHttp {
  const http = new OutboundHttp({
    proxy,
    connectionsPerOrigin: 1,
    allow: ['127.0.0.0/8'],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...options,
  });
  cleanups.push(() => http.close());
  return http;
}

const KINDS: Record<string, (credentials?: string) => Promise<TestProxy>> = {
  'HTTP CONNECT': (credentials) =>
    connectProxy((headers) => {
      const basic = `Basic ${Buffer.from(credentials ?? '').toString('base64')}`;
      return credentials === undefined || headers['proxy-authorization'] === basic ? 200 : 407;
    }),
  SOCKS5: socksProxy,
};

describe.each(Object.entries(KINDS))('an egress proxy by %s', (_kind, start) => {
  it('is what every request goes through, and it is given the checked address, not the name', async () => {
    const { url, asked } = await start();
    const { port } = await receiver();
    const http = client(url);
    const response = await http.request({
      method: 'GET',
      url: `http://hooks.test:${port}/there`,
    });
    expect(response.text()).toBe('path /there');
    expect(asked).toEqual([`127.0.0.1:${port}`]);
    expect(response.timings.connectMs).toBeGreaterThan(0);
    // The connection is kept like any other.
    await http.request({ method: 'GET', url: `http://hooks.test:${port}/again` });
    expect(asked).toHaveLength(1);
  });

  it('is never asked for an address that must not be reached', async () => {
    const { url, asked } = await start();
    const http = client(url, {
      allow: [],
      resolve: async (host) => [
        { address: host === 'meta.test' ? '169.254.169.254' : '127.0.0.1', family: 4 },
      ],
    });
    for (const target of ['http://meta.test/', 'http://local.test/', 'http://10.0.0.1/']) {
      await expect(http.request({ method: 'GET', url: target })).rejects.toMatchObject({
        code: 'blocked',
      });
    }
    expect(asked).toEqual([]);
  });

  it('is told who we are', async () => {
    const { url, asked } = await start('user:p@ss word');
    const { port } = await receiver();
    const withCredentials = url.replace('//', '//user:p%40ss%20word@');
    const target = `http://hooks.test:${port}/`;
    await client(withCredentials).request({ method: 'GET', url: target });
    expect(asked).toHaveLength(1);
    const wrong = client(url.replace('//', '//user:wr0ng-secret@'));
    const error: unknown = await wrong
      .request({ method: 'GET', url: target })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'network' });
    expect(String(error)).toMatch(/the egress proxy/);
    expect(String(error)).not.toContain('wr0ng-secret');
  });

  it('that can’t reach the receiver, or is away itself, is a failure that says so', async () => {
    const { url } = await start();
    const http = client(url);
    await expect(
      http.request({ method: 'GET', url: 'http://hooks.test:1/' }),
    ).rejects.toMatchObject({ code: 'network', message: expect.stringContaining('egress proxy') });
    const away = client(url.replace(/:\d+$/, ':1'));
    await expect(
      away.request({ method: 'GET', url: 'http://hooks.test:2/' }),
    ).rejects.toMatchObject({ code: 'network', message: expect.stringContaining('egress proxy') });
  });

  it('that hangs is given up in time', async () => {
    const silent = await listening(createServer(() => undefined));
    const { url } = await start();
    const http = client(url.replace(/:\d+$/, `:${silent}`), { connectTimeoutMs: 100 });
    await expect(
      http.request({ method: 'GET', url: 'http://hooks.test:3/' }),
    ).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('the proxy of the options', () => {
  it.each([
    'proxy:3128',
    'ftp://proxy',
    'socks4://proxy',
    'http://proxy/path',
    'http://user:50%off@proxy:3128',
    '',
  ])('is refused at the start where it is %j, without being repeated', (url) => {
    expect(() => createEgressProxy(url)).toThrow('proxy: must be a URL like');
    if (url !== '') expect(() => createEgressProxy(url)).not.toThrow(url);
  });
});
