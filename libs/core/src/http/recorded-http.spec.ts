import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OutboundHttp } from './outbound-http.js';
import { REDACTED } from './recorded-exchange.js';
import { RecordedHttp, type RecordedHttpOptions } from './recorded-http.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function client(options: Partial<RecordedHttpOptions> = {}): RecordedHttp {
  const http = new OutboundHttp({ allow: ['127.0.0.0/8'] });
  cleanups.push(() => http.close());
  return new RecordedHttp({ http, timeoutMs: 10_000, ...options });
}

async function endpoint(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Answers with what it got. */
const echo: RequestListener = (request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    const { method, headers } = request;
    response.end(JSON.stringify({ method, type: headers['content-type'], body }));
  });
};

describe('what an attempt sends', () => {
  it.each([
    ['post', { json: { a: 'ö' } }, { method: 'POST', type: 'application/json', body: '{"a":"ö"}' }],
    [
      'put',
      { form: { a: 'b c', d: '&' } },
      { method: 'PUT', type: 'application/x-www-form-urlencoded', body: 'a=b+c&d=%26' },
    ],
    ['patch', { body: Buffer.from('raw') }, { method: 'PATCH', body: 'raw' }],
    ['get', {}, { method: 'GET', body: '' }],
    ['delete', {}, { method: 'DELETE', body: '' }],
    [
      'post',
      { json: [], headers: { 'Content-Type': 'application/cloudevents+json' } },
      { method: 'POST', type: 'application/cloudevents+json', body: '[]' },
    ],
  ] as const)('%s %j', async (method, options, received) => {
    const response = await client()[method](await endpoint(echo), options);
    expect(response.json()).toEqual(received);
  });

  it('refuses two bodies, and JSON that can’t be written', async () => {
    const http = client();
    const circular: unknown[] = [];
    circular.push(circular);
    for (const options of [{ json: 1, body: 'x' }, { json: circular }]) {
      await expect(http.post('http://127.0.0.1/', options)).rejects.toMatchObject({
        name: 'OutboundHttpError',
        code: 'invalid',
      });
    }
  });
});

describe('what an attempt records', () => {
  it('is nothing before a call', () => {
    expect(client().exchange()).toBeNull();
  });

  it('is the last call, as it was sent and answered', async () => {
    const url = await endpoint((_request, response) => {
      response.writeHead(503, { 'retry-after': '5', 'x-list': ['a', 'b'] }).end('busy');
    });
    const http = client();
    await http.get(`${url}first`);
    const { timings } = await http.post(`${url}second`, {
      json: { a: 1 },
      headers: { 'x-b': 'c' },
    });
    expect(http.exchange()).toEqual({
      request: {
        method: 'POST',
        url: `${url}second`,
        headers: { 'x-b': 'c', 'content-type': 'application/json' },
        body: '{"a":1}',
      },
      response: {
        status: 503,
        headers: expect.objectContaining({ 'retry-after': '5' }),
        body: 'busy',
        truncated: false,
      },
      timings,
    });
  });

  it('is the request alone where no answer came', async () => {
    const http = client();
    await expect(http.post('http://10.0.0.1/', { body: 'b' })).rejects.toMatchObject({
      code: 'blocked',
    });
    expect(http.exchange()).toEqual({
      request: { method: 'POST', url: 'http://10.0.0.1/', headers: {}, body: 'b' },
      response: null,
      timings: { totalMs: 0 },
    });
  });

  it('leaves out a call that is not to be recorded', async () => {
    const url = await endpoint(echo);
    const http = client();
    await http.post(url, { form: { client_secret: 'x' }, record: false });
    expect(http.exchange()).toBeNull();
    await http.post(url, { body: 'seen' });
    await http.post(url, { body: 'unseen', record: false });
    expect(http.exchange()?.request.body).toBe('seen');
  });

  it('shows no secret, wherever it stands, and sends them all the same', async () => {
    const secrets = ['first-secret', 'second-secret', 'third-secret'];
    let arrived = '';
    const url = await endpoint((request, response) => {
      arrived = JSON.stringify([request.url, request.headers]);
      response.writeHead(200, {
        'set-cookie': ['session=first-secret', 'b=c'],
        'x-echo': ['a second-secret', 'b'],
        'x-named': 'third-secret',
      });
      response.end('you sent second-secret and "first-secret"');
    });
    const http = client({ secretValues: secrets.slice(0, 2), secretHeaders: ['X-Named'] });
    await http.post(`${url}first-secret/?token=third-secret`, {
      headers: {
        Authorization: 'Bearer third-secret',
        Cookie: 'third-secret',
        'X-API-Key': 'third-secret',
        'x-named': 'third-secret',
        'x-own': 'third-secret',
        'x-plain': 'before first-secret after',
      },
      secretHeaders: ['x-own'],
      secretValues: ['fourth-secret'],
      json: { a: 'first-secret', b: 'fourth-secret' },
    });
    const recorded = JSON.stringify(http.exchange());
    for (const secret of [...secrets, 'fourth-secret']) expect(recorded).not.toContain(secret);
    expect(http.exchange()?.request.headers['x-plain']).toBe(`before ${REDACTED} after`);
    expect(http.exchange()?.request.url).toBe(`${url}${REDACTED}/?token=${REDACTED}`);
    for (const secret of secrets) if (secret !== 'second-secret') expect(arrived).toContain(secret);
  });

  it('says where an answer was cut', async () => {
    const url = await endpoint((_request, response) => response.end('x'.repeat(1_000)));
    const http = client();
    await http.get(url, { maxResponseBytes: 100 });
    expect(http.exchange()?.response).toMatchObject({ truncated: true, body: 'x'.repeat(100) });
  });
});

describe('the attempt’s time', () => {
  it('bounds a call that asks for more', async () => {
    const url = await endpoint(() => undefined);
    const http = client({ timeoutMs: 50 });
    await expect(http.get(url, { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'timeout' });
    await expect(http.get(url)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('leaves a call that asks for less its own', async () => {
    const url = await endpoint(() => undefined);
    await expect(client().get(url, { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('within 30 ms'),
    });
  });

  it('ends with an abort: for calls under way and for later ones', async () => {
    const http = client();
    const url = await endpoint(() => http.abort('the lease was lost'));
    for (const _when of ['under way', 'later']) {
      await expect(http.get(url)).rejects.toMatchObject({
        code: 'aborted',
        message: expect.stringContaining('the lease was lost'),
      });
    }
    expect(http.exchange()?.response).toBeNull();
  });
});
