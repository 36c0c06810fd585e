import { secret, ui } from '@nest-integrations/common';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OutboundHttp, type OutboundHttpOptions } from '../http/outbound-http.js';
import { jsonSchemaOf } from '../schema/json-schema.js';
import { destinationProblems } from './destination.problems.js';

const url = ui(z.string(), { destination: 'url' });
const host = ui(z.string(), { destination: 'host' });
const config = z.object({
  url: url.optional(),
  secretUrl: secret(url).optional(),
  link: z.url().optional(),
  server: z.object({ host, port: z.int() }).optional(),
  brokers: z.array(host).optional(),
});
const schema = jsonSchemaOf(config);

describe('destinations in a config', () => {
  const opened: OutboundHttp[] = [];

  afterAll(async () => {
    for (const http of opened) await http.close();
  });

  function problems(given: z.input<typeof config>, options: OutboundHttpOptions = {}) {
    const http = new OutboundHttp(options);
    opened.push(http);
    return destinationProblems(given, schema, http);
  }

  it.each([
    'http://169.254.169.254/latest',
    'http://[::1]/',
    'http://2130706433/',
    'http://0x7f.1/hook',
    'http://[::ffff:10.0.0.1]/',
    'http://localhost:8080/',
    'http://169.254.169.254/{{ payload.id }}',
    'http://10.0.0.1?id={% if payload.id %}1{% endif %}',
  ])('are refused where %s is', (forbidden) => {
    expect(problems({ url: forbidden })).toEqual([
      { field: 'config.url', message: expect.stringMatching(/^can’t be connected to: \S+ is not/) },
    ]);
  });

  it.each([
    'https://example.com/hook',
    'https://8.8.8.8/',
    // A name, and what only an attempt knows: these are judged when they are connected to.
    'https://internal.example.com/',
    'http://{{ payload.host }}/hook',
    'http://169.254.{{ payload.rest }}/',
  ])('are taken where %s is', (allowed) => {
    expect(problems({ url: allowed })).toEqual([]);
  });

  it('are judged by the operator’s lists and ports', () => {
    const inside = { url: 'http://10.1.2.3:8080/' };
    expect(problems(inside, { allow: ['10.0.0.0/8'] })).toEqual([]);
    expect(problems(inside, { allow: ['10.0.0.0/8'], ports: [443] })).toMatchObject([
      { message: 'can’t be connected to: port 8080 is not allowed: use 443' },
    ]);
    expect(
      problems({ url: 'https://evil.example/' }, { deny: ['*.example', 'evil.example'] }),
    ).toMatchObject([{ field: 'config.url' }]);
    expect(problems({ url: 'https://other.example/' }, { only: ['our.example'] })).toMatchObject([
      { field: 'config.url' },
    ]);
  });

  it('may be hosts, with a port or one beside them', () => {
    expect(problems({ server: { host: '127.0.0.1', port: 25 } })).toMatchObject([
      { field: 'config.server.host' },
    ]);
    expect(
      problems({ brokers: ['kafka.example.com:9092', '192.168.0.1:9092', '[::1]:9092'] }),
    ).toMatchObject([{ field: 'config.brokers[1]' }, { field: 'config.brokers[2]' }]);
    expect(problems({ server: { host: 'smtp.example.com', port: 25 } }, { ports: [587] })).toEqual([
      {
        field: 'config.server.host',
        message: 'can’t be connected to: port 25 is not allowed: use 587',
      },
    ]);
  });

  it('that are secret are not repeated', () => {
    expect(problems({ secretUrl: 'http://10.9.8.7/T123/secret' })).toEqual([
      {
        field: 'config.secretUrl',
        message: 'can’t be connected to: its host or port is not allowed',
      },
    ]);
  });

  it('are not what people open', () => {
    expect(problems({ link: 'http://localhost/wiki' })).toEqual([]);
  });
});
