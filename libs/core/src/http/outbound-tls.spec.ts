import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:https';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { OutboundHttp, type OutboundHttpOptions } from './outbound-http.js';

/** For these tests alone: self-signed, for `receiver.test`, and its own authority. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJfFG4cAvUSNXqRwb
+ci0oge7CvsSgStQk7fWpn3AubihRANCAARlwWhFsSWuT0OdiX3e6GQdqxSGtfke
V3nMRsYu2nez9mMIs15XRbXjx87wxP+IKbujXhZMtCn6p1XdKiZE76gs
-----END PRIVATE KEY-----`;
const CERT = `-----BEGIN CERTIFICATE-----
MIIBbTCCAROgAwIBAgIBATAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1yZWNlaXZl
ci50ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAYMRYwFAYD
VQQDDA1yZWNlaXZlci50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZcFo
RbElrk9DnYl93uhkHasUhrX5Hld5zEbGLtp3s/ZjCLNeV0W148fO8MT/iCm7o14W
TLQp+qdV3SomRO+oLKNMMEowGAYDVR0RBBEwD4INcmVjZWl2ZXIudGVzdDAPBgNV
HRMBAf8EBTADAQH/MB0GA1UdDgQWBBRN17J6Q7P9/kd/23oMLMibccJg8TAKBggq
hkjOPQQDAgNIADBFAiEA/7RiNSedyYzBpvXJWlNd5yHa2WQ5C2jTImVGCiwpu3oC
IA+1sbmBWY3QkC2HUi6F1d6aJeEaqch8ZrXHnNgf8YqB
-----END CERTIFICATE-----`;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function client(options: OutboundHttpOptions = {}): OutboundHttp {
  const http = new OutboundHttp({
    allow: ['127.0.0.0/8'],
    connectionsPerOrigin: 1,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...options,
  });
  cleanups.push(() => http.close());
  return http;
}

interface Receiver {
  readonly port: number;
  readonly sockets: Socket[];
}

/** Answers with the common name of the client's certificate. */
async function receiver(options: TlsOptions = {}): Promise<Receiver> {
  const sockets: Socket[] = [];
  const server = createServer({ key: KEY, cert: CERT, ...options }, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    response.end(`client: ${String(subject?.CN ?? 'unknown')}`);
  });
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

describe('TLS', () => {
  it('refuses a certificate that nobody trusted vouches for', async () => {
    const { port } = await receiver();
    const call = client().request({ method: 'GET', url: `https://receiver.test:${port}/` });
    await expect(call).rejects.toMatchObject({ code: 'tls' });
  });

  it('trusts the operator’s authorities beside the system’s, and refuses what is none at the start', async () => {
    const { port } = await receiver();
    const http = client({ authorities: [CERT] });
    const response = await http.request({ method: 'GET', url: `https://receiver.test:${port}/` });
    expect(response.status).toBe(200);
    expect(() => client({ authorities: ['no certificate'] })).toThrow('authorities[0]');
  });

  it('refuses a trusted certificate that is for another host', async () => {
    const { port } = await receiver();
    const url = `https://another.test:${port}/`;
    const call = client().request({ method: 'GET', url, tls: { ca: CERT } });
    await expect(call).rejects.toMatchObject({ code: 'tls' });
  });

  it('refuses it for an IP address too, which names no host', async () => {
    const { port } = await receiver();
    const url = `https://127.0.0.1:${port}/`;
    const call = client().request({ method: 'GET', url, tls: { ca: CERT } });
    await expect(call).rejects.toMatchObject({ code: 'tls' });
  });

  it('checks the certificate for the host’s name, not for the address that it resolves to', async () => {
    const { port } = await receiver();
    const url = `https://receiver.test:${port}/`;
    const response = await client().request({ method: 'GET', url, tls: { ca: CERT } });
    expect(response.text()).toBe('client: unknown');
    const { dnsMs, connectMs, tlsMs } = response.timings;
    expect(Math.min(dnsMs ?? 0, connectMs ?? 0, tlsMs ?? 0)).toBeGreaterThan(0);
  });

  it('shows the client certificate', async () => {
    const { port } = await receiver({ requestCert: true, ca: CERT });
    const url = `https://receiver.test:${port}/`;
    const tls = { ca: CERT, cert: CERT, key: KEY };
    const response = await client().request({ method: 'GET', url, tls });
    expect(response.text()).toBe('client: receiver.test');
  });

  it('says tls where the receiver wants a client certificate and gets none', async () => {
    // From TLS 1.3 on the client may write before it is refused, and see a reset instead.
    const maxVersion = 'TLSv1.2';
    const { port } = await receiver({ requestCert: true, ca: CERT, maxVersion });
    const url = `https://receiver.test:${port}/`;
    const call = client().request({ method: 'GET', url, tls: { ca: CERT } });
    await expect(call).rejects.toMatchObject({ code: 'tls' });
  });

  it('says tls where the client certificate is none', async () => {
    const { port } = await receiver();
    const url = `https://receiver.test:${port}/`;
    const tls = { ca: CERT, cert: 'nonsense', key: 'nonsense' };
    await expect(client().request({ method: 'GET', url, tls })).rejects.toMatchObject({
      code: 'tls',
    });
  });

  it('says tls where the receiver speaks no TLS on that port', async () => {
    const plain = createTcpServer((socket) =>
      socket.on('error', () => undefined).end('220 hello\r\n'),
    );
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    cleanups.push(() => plain.close());
    const { port } = plain.address() as AddressInfo;
    const call = client().request({ method: 'GET', url: `https://receiver.test:${port}/` });
    await expect(call).rejects.toMatchObject({ code: 'tls' });
  });

  it('shares a connection between equal identities, never between different ones', async () => {
    const { port, sockets } = await receiver({ requestCert: true, rejectUnauthorized: false });
    const http = client();
    const url = `https://receiver.test:${port}/`;
    const withCertificate = { ca: CERT, cert: CERT, key: KEY };
    const names = [];
    for (const tls of [withCertificate, { ca: CERT }, { ...withCertificate }, { ca: CERT }]) {
      names.push((await http.request({ method: 'GET', url, tls })).text());
      await idle();
    }
    const [named, unnamed] = ['client: receiver.test', 'client: unknown'];
    expect(names).toEqual([named, unnamed, named, unnamed]);
    expect(sockets).toHaveLength(2);
  });

  it('takes nothing but certificates and keys from the identity', async () => {
    const { port } = await receiver();
    const hostile = { ca: CERT, path: '/tmp/socket', rejectUnauthorized: false, servername: 'x' };
    const url = `https://another.test:${port}/`;
    const call = client().request({ method: 'GET', url, tls: hostile });
    await expect(call).rejects.toMatchObject({ code: 'tls' });
  });
});

/** One turn of the event loop: a connection is free again only after it. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
