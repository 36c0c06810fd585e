import { secret, ui } from '@nest-integrations/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from '../schema/json-schema.js';
import { keepSecrets } from './keep-secrets.js';
import { movedSecretProblems } from './moved-secrets.js';

const host = ui(z.string(), { destination: 'host' });
const config = z.object({
  url: ui(z.string(), { destination: 'url' }).optional(),
  server: z.object({ host, port: z.int().optional() }).optional(),
  brokers: z.array(host).optional(),
  hookUrl: secret(ui(z.string(), { destination: 'url' })).optional(),
  token: secret(z.string()).optional(),
  headers: z.record(z.string(), secret(z.string())).optional(),
  note: z.string().optional(),
});
const schema = jsonSchemaOf(config);

describe('secrets that a change leaves out', () => {
  function fields(current: z.input<typeof config>, given: z.input<typeof config>): string[] {
    const merged = keepSecrets(current, given, schema);
    return movedSecretProblems({ current, given, merged }, schema).map(({ field }) => field);
  }

  it.each([
    ['host', 'https://evil.example/hook'],
    ['port', 'https://api.example.com:8443/hook'],
    ['scheme', 'http://api.example.com/hook'],
    ['name before the host', 'https://api.example.com@evil.example/hook'],
  ])('are asked for again where another %s is connected to', (_what, url) => {
    const current = { url: 'https://api.example.com/hook', token: 't', headers: { a: 's' } };
    expect(fields(current, { url })).toEqual(['config.token']);
    expect(fields(current, { url, headers: {} })).toEqual(['config.headers.a', 'config.token']);
  });

  it('are kept where only the path, the spelling or something else changes', () => {
    const current = { url: 'https://api.example.com/hook', token: 't' };
    expect(fields(current, { url: 'https://API.example.com:443/other?x=1' })).toEqual([]);
    expect(fields(current, { url: current.url, note: 'new' })).toEqual([]);
  });

  it('may be given anew, or cleared, together with the new host', () => {
    const current = { url: 'https://api.example.com/hook', token: 't' };
    expect(fields(current, { url: 'https://new.example/', token: 'another' })).toEqual([]);
    const cleared = { url: 'https://new.example/', token: null } as unknown as typeof current;
    expect(fields(current, cleared)).toEqual([]);
  });

  it('follow hosts with their ports, and every one of a list', () => {
    const server = { server: { host: 'smtp.example.com', port: 587 }, token: 't' };
    expect(fields(server, { server: { host: 'smtp.example.com', port: 2525 } })).toEqual([
      'config.token',
    ]);
    const brokers = { brokers: ['a.example:9092', 'b.example:9092'], token: 't' };
    expect(fields(brokers, { brokers: ['b.example:9092'] })).toEqual([]);
    expect(fields(brokers, { brokers: ['a.example:9092', 'c.example:9092'] })).toEqual([
      'config.token',
    ]);
  });

  it('are kept with a destination that is itself a secret and left out', () => {
    const current = { hookUrl: 'https://hooks.example.com/T1/secret', token: 't' };
    expect(fields(current, { note: 'x' })).toEqual([]);
    expect(fields(current, { hookUrl: 'https://evil.example/' })).toEqual(['config.token']);
  });

  it('say where they would go, and not what they are', () => {
    const current = { url: 'https://api.example.com/', token: 'hidden' };
    const given = { url: 'https://evil.example/' };
    const merged = keepSecrets(current, given, schema);
    expect(movedSecretProblems({ current, given, merged }, schema)).toEqual([
      {
        field: 'config.token',
        message: `must be given again: 'url' leads to another host than the one it was for`,
      },
    ]);
  });
});
