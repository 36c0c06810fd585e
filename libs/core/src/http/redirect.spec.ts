import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OutboundAnswer } from './outbound-answer.js';
import { OutboundHttp } from './outbound-http.js';
import type { OutboundRequest, OutboundResponse } from './outbound-http.types.js';
import { redirected } from './redirect.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function client(): OutboundHttp {
  const http = new OutboundHttp({ allow: ['127.0.0.1/32'] });
  cleanups.push(() => http.close());
  return http;
}

type Answer = (request: IncomingMessage) => { status: number; location?: string } | null;

/** Answers each request as told; `null`: never. Returns its URL. */
async function endpoint(answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    const told = answer(request);
    if (told)
      response.writeHead(told.status, told.location ? { location: told.location } : {}).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('redirects', () => {
  it('are not followed by default: the redirect is the answer', async () => {
    const url = await endpoint(() => ({ status: 302, location: '/elsewhere' }));
    expect(await client().request({ method: 'GET', url })).toMatchObject({
      status: 302,
      ok: false,
    });
  });

  it('are followed as far as allowed', async () => {
    const paths: (string | undefined)[] = [];
    const url = await endpoint((request) => {
      paths.push(request.url);
      return { status: 307, location: `${request.url}x` };
    });
    const response = await client().request({ method: 'POST', url, body: 'b', maxRedirects: 2 });
    expect(response.status).toBe(307);
    expect(paths).toEqual(['/', '/x', '/xx']);
  });

  it.each([
    ['http://169.254.169.254/latest/meta-data/', 'blocked'],
    ['http://127.0.0.2/', 'blocked'],
    ['http://2852039166/', 'blocked'],
    ['file:///etc/passwd', 'blocked'],
    ['http://user:word@127.0.0.1/', 'invalid'],
    ['http://', 'protocol'],
  ])('to %s are refused as %s', async (location, code) => {
    const url = await endpoint(() => ({ status: 302, location }));
    const call = client().request({ method: 'GET', url, maxRedirects: 5 });
    await expect(call).rejects.toMatchObject({ code });
  });

  it('share the one deadline of the call', async () => {
    const last = await endpoint(() => null);
    const url = await endpoint(() => ({ status: 307, location: last }));
    const call = client().request({ method: 'GET', url, maxRedirects: 1, timeoutMs: 60 });
    await expect(call).rejects.toMatchObject({ code: 'timeout' });
  });

  it('can be aborted on the way', async () => {
    const last = await endpoint(() => {
      call.abort('no longer wanted');
      return null;
    });
    const url = await endpoint(() => ({ status: 307, location: last }));
    const call = client().begin({ method: 'GET', url, maxRedirects: 1 });
    await expect(call.response).rejects.toMatchObject({ code: 'aborted' });
  });

  it('leave secret headers behind when they lead to another origin', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const remember = (request: IncomingMessage): { status: number } => {
      seen.push(request.headers);
      return { status: 200 };
    };
    const other = await endpoint(remember);
    const url = await endpoint((request) => {
      remember(request);
      return request.url === '/'
        ? { status: 307, location: '/same' }
        : { status: 307, location: other };
    });
    await client().request({
      method: 'POST',
      url,
      maxRedirects: 2,
      headers: { Authorization: 'a', cookie: 'b', 'X-Api-Key': 'c', 'X-Own': 'd', 'x-plain': 'e' },
      secretHeaders: ['x-own'],
    });
    const names = ['authorization', 'cookie', 'x-api-key', 'x-own', 'x-plain'];
    const sent = seen.map((headers) => names.filter((name) => headers[name] !== undefined));
    expect(sent).toEqual([names, names, ['x-plain']]);
  });
});

describe('the request that follows a redirect', () => {
  const request: OutboundRequest = {
    method: 'POST',
    url: 'https://a.test/hook',
    headers: { 'content-type': 'text/plain', 'x-a': '1' },
    body: 'b',
    tls: { cert: 'C', key: 'K', ca: 'A' },
  };

  it.each([301, 302, 303])('asks with GET and without the body after %i', (status) => {
    const next = redirected(request, answer(status, '/next'));
    expect(next).toMatchObject({ method: 'GET', url: 'https://a.test/next', body: undefined });
    expect(next?.headers).toEqual({ 'x-a': '1' });
  });

  it.each([307, 308])('keeps method and body after %i', (status) => {
    expect(redirected(request, answer(status, 'next'))).toEqual({
      ...request,
      url: 'https://a.test/next',
    });
  });

  it('does not show the client certificate to another origin', () => {
    expect(redirected(request, answer(307, 'https://b.test/'))?.tls).toEqual({ ca: 'A' });
    expect(redirected(request, answer(307, 'https://a.test:8443/'))?.tls).toEqual({ ca: 'A' });
  });

  it('does not give up TLS', () => {
    expect(redirected(request, answer(307, 'http://a.test/hook'))).toBeUndefined();
  });
});

function answer(status: number, location: string): OutboundResponse {
  return new OutboundAnswer({
    status,
    headers: { location },
    body: Buffer.alloc(0),
    truncated: false,
    timings: { totalMs: 1 },
  });
}
