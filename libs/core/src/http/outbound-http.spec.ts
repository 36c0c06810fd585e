import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { OutboundHttp, type OutboundHttpOptions } from './outbound-http.js';
import { OutboundHttpError } from './outbound-http.types.js';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function client(options: OutboundHttpOptions = {}): OutboundHttp {
  const http = new OutboundHttp({ allow: LOOPBACK, ...options });
  cleanups.push(() => http.close());
  return http;
}

interface Endpoint {
  readonly url: string;
  readonly port: number;
  /** Every connection that was ever accepted. */
  readonly sockets: Socket[];
}

async function endpoint(server: Server): Promise<Endpoint> {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}/`, port, sockets };
}

const httpEndpoint = (listener: RequestListener): Promise<Endpoint> =>
  endpoint(createServer(listener));

/** Hands each connection over once its request has begun to arrive. */
const rawEndpoint = (onRequest: (socket: Socket) => void): Promise<Endpoint> =>
  endpoint(createTcpServer((socket) => socket.once('data', () => onRequest(socket))));

async function failure(call: Promise<unknown>): Promise<OutboundHttpError> {
  const error: unknown = await call.then(
    () => new Error('an answer came'),
    (reason: unknown) => reason,
  );
  if (error instanceof OutboundHttpError) return error;
  throw error;
}

interface Signal {
  readonly promise: Promise<void>;
  resolve(): void;
}

function signal(): Signal {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

async function closed(socket: Socket | undefined): Promise<void> {
  // Not `once` of node:events: it would fail on the reset that may come before.
  if (socket && !socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}

describe('a call that is answered', () => {
  it('sends method, path, headers and body, and returns status, headers and body', async () => {
    const { url } = await httpEndpoint(async (request, response) => {
      const body = await bodyOf(request);
      response.writeHead(201, { 'x-a': '1', 'set-cookie': ['b=2', 'c=3'] });
      response.end(JSON.stringify({ method: request.method, path: request.url, body }));
    });
    const response = await client().request({
      method: 'POST',
      url: `${url}hook?a=%20b#fragment`,
      body: 'größe',
    });
    expect(response).toMatchObject({ status: 201, ok: true, truncated: false });
    expect(response.headers).toMatchObject({ 'x-a': '1', 'set-cookie': ['b=2', 'c=3'] });
    expect(response.json()).toEqual({ method: 'POST', path: '/hook?a=%20b', body: 'größe' });
  });

  it('keeps the connection, and tells only the call that opened it how long that took', async () => {
    const { url, sockets } = await httpEndpoint((_request, response) => response.end('ok'));
    const http = client({ connectionsPerOrigin: 1 });
    const first = await http.request({ method: 'GET', url });
    const { timings } = await http.request({ method: 'GET', url });
    expect(first.timings.connectMs).toBeGreaterThan(0);
    expect(timings.connectMs).toBeUndefined();
    expect(timings.totalMs).toBeGreaterThanOrEqual(timings.firstByteMs ?? Infinity);
    expect(sockets).toHaveLength(1);
  });

  it('opens no more connections to one origin than it may', async () => {
    const { url, sockets } = await httpEndpoint((_request, response) => response.end('ok'));
    const http = client({ connectionsPerOrigin: 3 });
    await Promise.all(Array.from({ length: 30 }, () => http.request({ method: 'GET', url })));
    expect(sockets).toHaveLength(3);
  });

  it('asks for no compression and takes a compressed body as the bytes that it is', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const { url } = await httpEndpoint((request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.setHeader('x-asked', String(request.headers['accept-encoding']));
      response.end(bomb);
    });
    const response = await client().request({ method: 'GET', url });
    expect(response.headers['x-asked']).toBe('identity');
    expect(response.body.equals(bomb)).toBe(true);
  });

  it('goes through interim answers to the final one', async () => {
    const { url } = await httpEndpoint((_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.end('final');
    });
    const response = await client().request({ method: 'GET', url });
    expect(response.text()).toBe('final');
  });

  it('takes an answer without a body for an empty one', async () => {
    const { url } = await httpEndpoint((_request, response) => response.writeHead(204).end());
    const response = await client().request({ method: 'POST', url, body: 'x' });
    expect(response.body).toHaveLength(0);
  });
});

describe('an endpoint that misbehaves', () => {
  it('refuses the connection: refused', async () => {
    const gone = createTcpServer();
    const { url } = await endpoint(gone);
    gone.close();
    await once(gone, 'close');
    expect(await failure(client().request({ method: 'GET', url }))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining(new URL(url).origin),
    });
  });

  it.each([
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    ['closes', (socket: Socket) => socket.end()],
  ])('%s before it answers: reset', async (_how, hangUp) => {
    const { url } = await rawEndpoint(hangUp);
    expect((await failure(client().request({ method: 'GET', url }))).code).toBe('reset');
  });

  it.each([
    ['content-length: 100\r\n\r\npart'],
    ['content-length: 100\r\nconnection: close\r\n\r\npart'],
    ['transfer-encoding: chunked\r\n\r\n4\r\npart\r\n'],
    ['transfer-encoding: chunked\r\nconnection: close\r\n\r\n4\r\npart\r\n'],
  ])('closes in the middle of the answer (%j): reset', async (rest) => {
    const { url } = await rawEndpoint((socket) => socket.end(`HTTP/1.1 200 OK\r\n${rest}`));
    expect((await failure(client().request({ method: 'GET', url }))).code).toBe('reset');
  });

  it('drips past the deadline: timeout, and the connection is cut', async () => {
    const { url, sockets } = await rawEndpoint((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      const drip = setInterval(() => socket.write('.'), 5);
      socket.once('close', () => clearInterval(drip));
    });
    const error = await failure(client().request({ method: 'GET', url, timeoutMs: 80 }));
    expect(error).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('not complete within 80 ms'),
    });
    expect(error.timings.firstByteMs).toBeDefined();
    await closed(sockets[0]);
  });

  it('drips its headers past the deadline: timeout', async () => {
    const { url } = await rawEndpoint((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('x-a: b\r\n'), 5);
      socket.once('close', () => clearInterval(drip));
    });
    const error = await failure(client().request({ method: 'GET', url, timeoutMs: 80 }));
    expect(error.code).toBe('timeout');
  });

  it('never answers: timeout, and the connection is cut', async () => {
    const { url, sockets } = await rawEndpoint(() => undefined);
    const error = await failure(
      client().request({ method: 'POST', url, body: 'x', timeoutMs: 50 }),
    );
    expect(error).toMatchObject({ code: 'timeout', message: expect.stringContaining('no answer') });
    await closed(sockets[0]);
  });

  it('sends a body without end: only the beginning is read, and the connection is cut', async () => {
    const { url, sockets } = await rawEndpoint((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const pump = (): void => {
        while (!socket.destroyed && socket.write(`1000\r\n${'x'.repeat(4_096)}\r\n`));
      };
      socket.on('drain', pump);
      pump();
    });
    const response = await client({ maxResponseBytes: 10_000 }).request({ method: 'GET', url });
    expect(response).toMatchObject({ status: 200, truncated: true });
    expect(response.body).toHaveLength(10_000);
    await closed(sockets[0]);
  });

  it('sends exactly what may be read: not cut', async () => {
    const { url } = await httpEndpoint((_request, response) => response.end('x'.repeat(1_000)));
    const response = await client().request({ method: 'GET', url, maxResponseBytes: 1_000 });
    expect(response).toMatchObject({ truncated: false });
    expect(response.body).toHaveLength(1_000);
  });

  it('sends headers without end: protocol', async () => {
    const { url } = await rawEndpoint((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const pump = (): void => {
        while (!socket.destroyed && socket.write(`x-${'a'.repeat(1_000)}: b\r\n`));
      };
      socket.on('drain', pump);
      pump();
    });
    expect((await failure(client().request({ method: 'GET', url }))).code).toBe('protocol');
  });

  it('floods with interim answers: protocol, long before the deadline', async () => {
    const { url } = await rawEndpoint((socket) => {
      const pump = (): void => {
        while (!socket.destroyed && socket.write('HTTP/1.1 102 Processing\r\n\r\n'));
      };
      socket.on('drain', pump);
      pump();
    });
    const error = await failure(client().request({ method: 'GET', url, timeoutMs: 60_000 }));
    expect(error).toMatchObject({ code: 'protocol', message: expect.stringContaining('1xx') });
  });

  it.each([
    'SSH-2.0-OpenSSH_9.6\r\n',
    'HTTP/1.1 abc\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\npart\r\n',
  ])('does not speak HTTP (%j): protocol', async (answer) => {
    const { url } = await rawEndpoint((socket) => socket.write(answer));
    expect((await failure(client().request({ method: 'GET', url }))).code).toBe('protocol');
  });
});

describe('addresses', () => {
  it('blocks a host that resolves to a forbidden address, naming host and reason', async () => {
    const http = client({
      allow: [],
      resolve: async () => [{ address: '10.0.0.7', family: 4 }],
    });
    expect(
      await failure(http.request({ method: 'GET', url: 'http://intranet.test/' })),
    ).toMatchObject({
      code: 'blocked',
      message: expect.stringMatching(/intranet\.test .*private/),
    });
  });

  it('blocks an IP address without sending anything', async () => {
    const { url, sockets } = await httpEndpoint((_request, response) => response.end());
    const error = await failure(client({ allow: [] }).request({ method: 'GET', url }));
    expect(error.code).toBe('blocked');
    expect(sockets).toHaveLength(0);
  });

  it('connects to the very address that was checked, asking DNS just once', async () => {
    const { port } = await httpEndpoint((_request, response) => response.end('ok'));
    const answers = ['127.0.0.1', '169.254.169.254'];
    const http = client({
      resolve: async () => [{ address: answers.shift() ?? 'asked too often', family: 4 }],
    });
    const response = await http.request({ method: 'GET', url: `http://rebind.test:${port}/` });
    expect(response.text()).toBe('ok');
    expect(answers).toEqual(['169.254.169.254']);
  });

  it('checks again for each new connection: a host that has rebound is blocked', async () => {
    const { port, sockets } = await httpEndpoint((_request, response) => {
      response.setHeader('connection', 'close').end('ok');
    });
    const answers = ['127.0.0.1', '169.254.169.254', '127.0.0.1'];
    const http = client({ resolve: async () => [{ address: answers.shift() ?? '', family: 4 }] });
    const url = `http://rebind.test:${port}/`;
    await http.request({ method: 'GET', url });
    expect((await failure(http.request({ method: 'GET', url }))).code).toBe('blocked');
    expect(sockets).toHaveLength(1);
  });

  it('connects only to the allowed ones of several addresses', async () => {
    const { port, sockets } = await httpEndpoint((_request, response) => response.end('ok'));
    const http = client({
      allow: ['127.0.0.1/32'],
      resolve: async () => [
        { address: '169.254.169.254', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    });
    const response = await http.request({ method: 'GET', url: `http://mixed.test:${port}/` });
    expect(response.text()).toBe('ok');
    expect(response.timings.dnsMs).toBeDefined();
    expect(sockets).toHaveLength(1);
  });

  it('asks DNS once for connections that are opened at the same time', async () => {
    const { port } = await httpEndpoint((_request, response) => response.end('ok'));
    let lookups = 0;
    const http = client({
      resolve: async () => {
        lookups++;
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });
    const url = `http://many.test:${port}/`;
    await Promise.all(Array.from({ length: 20 }, () => http.request({ method: 'GET', url })));
    expect(lookups).toBe(1);
  });

  it.each([
    ['fails', async () => Promise.reject(new Error('SERVFAIL'))],
    ['knows no address', async () => []],
  ])('says dns where the name server %s', async (_how, resolve) => {
    const error = await failure(
      client({ resolve }).request({ method: 'GET', url: 'http://nowhere.test/' }),
    );
    expect(error).toMatchObject({
      code: 'dns',
      message: expect.stringContaining('nowhere.test could not be resolved'),
    });
  });

  it('counts a hanging name server into the deadline', async () => {
    const http = client({ resolve: () => new Promise(() => undefined) });
    const call = http.request({ method: 'GET', url: 'http://slow.test/', timeoutMs: 40 });
    expect(await failure(call)).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('no connection within 40 ms'),
    });
  });

  it('gives up a connection that takes too long to open', async () => {
    const http = client({ resolve: () => new Promise(() => undefined), connectTimeoutMs: 30 });
    const call = http.request({ method: 'GET', url: 'http://slow.test/', timeoutMs: 60_000 });
    expect(await failure(call)).toMatchObject({
      code: 'timeout',
      message: 'http://slow.test: no connection to slow.test within 30 ms',
    });
  });
});

describe('what is refused before anything is sent', () => {
  it.each([
    [{ url: 'http://127.0.0.1/', headers: { host: 'evil' } }, 'invalid'],
    [{ url: 'http://127.0.0.1/', headers: { 'x-a': 'b\r\nx-c: d' } }, 'invalid'],
    [{ url: 'nonsense' }, 'invalid'],
    [{ url: 'http://user:word@127.0.0.1/' }, 'invalid'],
    [{ url: 'file:///etc/passwd' }, 'blocked'],
    [{ url: 'http://169.254.169.254/' }, 'blocked'],
  ])('%j: %s', async (request, code) => {
    const error = await failure(client().request({ method: 'GET', ...request }));
    expect(error).toMatchObject({ code, timings: { totalMs: 0 } });
  });

  it('refuses a bad CIDR at construction', () => {
    expect(() => new OutboundHttp({ allow: ['10.0.0.0'] })).toThrow("'10.0.0.0' is no CIDR");
  });
});

describe('ending calls', () => {
  it('aborts a call with the given reason and cuts its connection', async () => {
    const { url, sockets } = await rawEndpoint(() => call.abort('the lease was lost'));
    const call = client().begin({ method: 'GET', url });
    expect(await failure(call.response)).toMatchObject({
      code: 'aborted',
      message: expect.stringContaining('the lease was lost'),
    });
    await closed(sockets[0]);
  });

  it('aborts by signal, also by one that has fired before', async () => {
    const controller = new AbortController();
    const { url } = await rawEndpoint(() => controller.abort(new Error('enough')));
    const http = client();
    const { signal } = controller;
    for (const _when of ['during', 'before']) {
      const error = await failure(http.request({ method: 'GET', url, signal }));
      expect(error).toMatchObject({ code: 'aborted', message: expect.stringContaining('enough') });
    }
  });

  it('does not send a call that ended while it waited, and keeps the connection for the next', async () => {
    const paths: (string | undefined)[] = [];
    const { url, sockets } = await httpEndpoint((request, response) => {
      paths.push(request.url);
      if (request.url === '/first') void abandoned.then(() => response.end('first'));
      else response.end('next');
    });
    const http = client({ connectionsPerOrigin: 1 });
    const first = http.request({ method: 'POST', url: `${url}first` });
    const abandoned = failure(
      http.request({ method: 'POST', url: `${url}abandoned`, timeoutMs: 30 }),
    );
    const next = http.request({ method: 'POST', url: `${url}next` });
    expect(await abandoned).toMatchObject({
      message: expect.stringContaining('no connection was free'),
    });
    expect([(await first).text(), (await next).text()]).toEqual(['first', 'next']);
    expect(paths).toEqual(['/first', '/next']);
    expect(sockets).toHaveLength(1);
  });

  it('close ends every call: under way, waiting and connecting; and cuts the connections', async () => {
    const arrived = signal();
    const { url, port, sockets } = await rawEndpoint(() => arrived.resolve());
    const http = client({
      connectionsPerOrigin: 1,
      resolve: () => new Promise(() => undefined),
    });
    const calls = [
      http.request({ method: 'GET', url }),
      http.request({ method: 'GET', url }),
      http.request({ method: 'GET', url: `http://connecting.test:${port}/` }),
    ].map(failure);
    await arrived.promise;
    await http.close();
    for (const error of await Promise.all(calls)) expect(error.code).toBe('aborted');
    expect((await failure(http.request({ method: 'GET', url }))).code).toBe('aborted');
    await closed(sockets[0]);
  });

  it('close also ends a call whose connection came after one that failed', async () => {
    const arrived = signal();
    const { port } = await rawEndpoint(() => arrived.resolve());
    const answers = ['169.254.169.254', '127.0.0.1'];
    const http = client({
      connectionsPerOrigin: 1,
      resolve: async () => [{ address: answers.shift() ?? '', family: 4 }],
    });
    const url = `http://flaky.test:${port}/`;
    const [failed, hanging] = [1, 2].map(() => failure(http.request({ method: 'GET', url })));
    expect((await failed)?.code).toBe('blocked');
    await arrived.promise;
    await http.close();
    expect((await hanging)?.code).toBe('aborted');
  });
});

describe('many origins', () => {
  it('closes the connections of the least used origin to make room, after its calls', async () => {
    const answerSlow = signal();
    const slow = await httpEndpoint((_request, response) => {
      void answerSlow.promise.then(() => response.end('slow'));
    });
    const others = await Promise.all(
      Array.from({ length: 2 }, () => httpEndpoint((_request, response) => response.end('ok'))),
    );
    const http = client({ maxOrigins: 2 });
    const slowCall = http.request({ method: 'GET', url: slow.url });
    for (const { url } of others) await http.request({ method: 'GET', url });
    answerSlow.resolve();
    expect((await slowCall).text()).toBe('slow');
    await closed(slow.sockets[0]);
    expect(others.map(({ sockets }) => sockets[0]?.destroyed)).toEqual([false, false]);
  });
});
