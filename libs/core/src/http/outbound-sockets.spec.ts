import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { connect as connectTcp } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { RECEIVER_CERT, RECEIVER_KEY } from '../../../../test/support/receiver-certificate.js';
import { OutboundHttp, type OutboundHttpOptions } from './outbound-http.js';
import { outboundErrorOf } from './outbound-failure.js';
import type { SocketClient, SocketTarget } from './socket-client.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Echo {
  readonly port: number;
  readonly count: () => number;
}

async function listening(server: Server): Promise<Echo> {
  let count = 0;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    count++;
    sockets.add(socket.on('error', () => undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, count: () => count };
}

const echo = (socket: Socket): void => void socket.on('error', () => undefined).pipe(socket);
const plainEcho = () => listening(createServer(echo));
const secureEcho = () =>
  listening(createTlsServer({ key: RECEIVER_KEY, cert: RECEIVER_CERT }, echo));

function client(options: OutboundHttpOptions = {}): SocketClient {
  return outbound(options).sockets;
}

function outbound(options: OutboundHttpOptions = {}): OutboundHttp {
  const http = new OutboundHttp({
    allow: ['127.0.0.0/8'],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...options,
  });
  cleanups.push(() => http.close());
  return http;
}

type Way = (sockets: SocketClient, target: SocketTarget) => Promise<Socket>;

/** Both give a socket that is connected, or fail alike. */
const WAYS: Record<string, Way> = {
  connect: (sockets, target) => sockets.connect(target),
  begin: async (sockets, target) => {
    const socket = sockets.begin(target);
    try {
      await once(socket, target.tls ? 'secureConnect' : 'connect');
      return socket;
    } catch (error) {
      throw outboundErrorOf(error, `${target.host}:${target.port}`);
    }
  },
};

async function said(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [data]: Buffer[] = await once(socket, 'data');
  return String(data);
}

/** What goes by CONNECT is passed on. */
async function connectProxy(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createHttpServer().on('connect', ({ url = '' }, socket: Socket) => {
    asked.push(url);
    const [host = '', port] = url.split(':');
    const onward = connectTcp(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.end('HTTP/1.1 502 Bad gateway\r\n\r\n'));
    socket.on('error', () => onward.destroy());
  });
  const { port } = await listening(server);
  return { url: `http://127.0.0.1:${port}`, asked };
}

describe.each(Object.entries(WAYS))('a socket by %s', (_name, open) => {
  it('is connected to what the guard allows, plain or secured', async () => {
    const plain = await plainEcho();
    const host = 'receiver.test';
    expect(await said(await open(client(), { host, port: plain.port }), 'hello')).toBe('hello');
    const { port } = await secureEcho();
    const socket = await open(client(), { host, port, tls: { ca: RECEIVER_CERT } });
    expect(await said(socket, 'secret')).toBe('secret');
    const byAuthority = client({ authorities: [RECEIVER_CERT] });
    expect(await said(await open(byAuthority, { host, port, tls: true }), 'too')).toBe('too');
  });

  it('never reaches a forbidden address, by name, as a literal or in another form', async () => {
    const { port, count } = await plainEcho();
    const guarded = client({ allow: [] });
    for (const host of ['evil.test', 'localhost', '127.0.0.1', '::ffff:7f00:1', '2130706433']) {
      await expect(open(guarded, { host, port })).rejects.toMatchObject({ code: 'blocked' });
    }
    expect(count()).toBe(0);
  });

  it('judges the address that it connects to, whatever the name said before', async () => {
    const { port, count } = await plainEcho();
    let asked = 0;
    const rebinding = client({
      allow: ['127.0.0.2/32'],
      resolve: async () => [{ address: asked++ === 0 ? '127.0.0.2' : '127.0.0.1', family: 4 }],
    });
    const target = { host: 'rebind.test', port };
    await expect(open(rebinding, target)).rejects.toMatchObject({ code: 'refused' });
    await expect(open(rebinding, target)).rejects.toMatchObject({ code: 'blocked' });
    expect(count()).toBe(0);
  });

  it('keeps to the ports, hosts and lists of the operator', async () => {
    const { port } = await plainEcho();
    const host = 'receiver.test';
    for (const options of [{ ports: [587] }, { deny: [host] }, { only: ['mail.test'] }]) {
      await expect(open(client(options), { host, port })).rejects.toMatchObject({
        code: 'blocked',
      });
    }
  });

  it('refuses what is no host and no port', async () => {
    for (const target of [
      { host: 'a b', port: 25 },
      { host: 'user@host', port: 25 },
      { host: '', port: 25 },
      { host: 'host.test', port: 0 },
      { host: 'host.test', port: 70_000 },
    ]) {
      await expect(open(client(), target)).rejects.toMatchObject({ code: 'invalid' });
    }
  });

  it('is never secured by a certificate that is not trusted, or of another name', async () => {
    const { port } = await secureEcho();
    await expect(open(client(), { host: 'receiver.test', port, tls: true })).rejects.toMatchObject({
      code: 'tls',
    });
    await expect(
      open(client(), { host: 'other.test', port, tls: { ca: RECEIVER_CERT } }),
    ).rejects.toMatchObject({ code: 'tls' });
  });

  it('is given up in time, and fails in the words of every call', async () => {
    const hanging = client({
      resolve: () => new Promise(() => undefined),
      connectTimeoutMs: 20,
    });
    await expect(open(hanging, { host: 'slow.test', port: 25 })).rejects.toMatchObject({
      code: 'timeout',
    });
    await expect(open(client(), { host: 'receiver.test', port: 1 })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('receiver.test:1: the connection was refused'),
    });
  });

  it('goes through the egress proxy, which is told the checked address', async () => {
    const proxy = await connectProxy();
    const { port } = await secureEcho();
    const sockets = client({ proxy: proxy.url });
    const target = { host: 'receiver.test', port, tls: { ca: RECEIVER_CERT } };
    const socket = await open(sockets, target);
    const long = 'x'.repeat(50_000);
    socket.end(long);
    expect(String(Buffer.concat(await socket.toArray()))).toBe(long);
    expect(proxy.asked).toEqual([`127.0.0.1:${port}`]);
    const forbidden = client({ proxy: proxy.url, allow: [] });
    await expect(open(forbidden, target)).rejects.toMatchObject({ code: 'blocked' });
    await expect(open(sockets, { ...target, tls: true })).rejects.toMatchObject({ code: 'tls' });
  });

  it('is cut, and none is opened any more, when all is closed', async () => {
    const { port } = await plainEcho();
    const http = outbound();
    const target = { host: 'receiver.test', port };
    const socket = await open(http.sockets, target);
    const closed = once(socket, 'close');
    await http.close();
    await closed;
    await expect(open(http.sockets, target)).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('a socket to the outside', () => {
  it('that its client opens itself asks the guard for the address all the same', async () => {
    const { port, count } = await plainEcho();
    const host = 'receiver.test';
    const socket = connectTcp(client().plainOptions({ host, port }));
    expect(await said(socket, 'hello')).toBe('hello');
    socket.destroy();
    const guarded = client({ allow: [] });
    const refused = connectTcp(guarded.plainOptions({ host, port }));
    const [error]: unknown[] = await once(refused, 'connect').catch((reason: unknown) => [reason]);
    expect(outboundErrorOf(error, host)).toMatchObject({ code: 'blocked' });
    expect(() => guarded.plainOptions({ host: '127.0.0.1', port })).toThrow(/loopback/);
    const proxied = client({ proxy: 'http://proxy.test:3128' });
    expect(() => proxied.plainOptions({ host, port })).toThrow(/egress proxy/);
    expect(count()).toBe(1);
  });

  it('is given up when its caller gives up', async () => {
    const hanging = client({ resolve: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const opening = hanging.connect({ host: 'slow.test', port: 25 }, controller.signal);
    controller.abort(new Error('the attempt is over'));
    await expect(opening).rejects.toMatchObject({
      code: 'aborted',
      message: 'slow.test:25: the attempt is over',
    });
  });

  it('that is plain passes the egress proxy where it can be waited for, or is refused', async () => {
    const proxy = await connectProxy();
    const { port, count } = await plainEcho();
    const sockets = client({ proxy: proxy.url });
    const socket = await sockets.connect({ host: 'receiver.test', port });
    expect(await said(socket, 'hello')).toBe('hello');
    const [error] = await once(sockets.begin({ host: 'receiver.test', port }), 'error').catch(
      (reason: unknown) => [reason],
    );
    expect(error).toMatchObject({ code: 'blocked' });
    expect(count()).toBe(1);
  });

  it('can be upgraded by its client, as verified as any', async () => {
    const { port } = await secureEcho();
    const sockets = client();
    const upgraded = async (host: string, ca?: string) => {
      const socket = await sockets.connect({ host, port });
      const tls = connectTls({ ...sockets.tlsOptions(host, ca ? { ca } : undefined), socket });
      await once(tls, 'secureConnect');
      return tls;
    };
    expect(await said(await upgraded('receiver.test', RECEIVER_CERT), 'hello')).toBe('hello');
    await expect(upgraded('receiver.test')).rejects.toThrow(/self-signed/);
    await expect(upgraded('other.test', RECEIVER_CERT)).rejects.toThrow(/altnames|does not match/i);
  });
});
