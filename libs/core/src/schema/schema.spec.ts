import { secret, ui } from '@nest-integrations/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from './json-schema.js';
import { propertiesOf } from './property-list.js';
import { mapSecrets, secretsIn } from './secret-paths.js';
import { problemsOf } from './zod-problems.js';

describe('the JSON Schema of a zod schema', () => {
  it('keeps UI hints through optional, min, url and default', () => {
    const schema = jsonSchemaOf(
      z.object({
        a: secret(z.string()).min(8),
        b: secret(z.string()).optional(),
        c: secret(z.url()).default('https://example.com'),
        d: ui(z.string(), { title: 'Body', multiline: true }).nullable(),
      }),
    );
    expect(schema.properties?.['a']).toMatchObject({ 'x-secret': true, minLength: 8 });
    expect(schema.properties?.['b']).toMatchObject({ 'x-secret': true });
    expect(schema.properties?.['c']).toMatchObject({ 'x-secret': true });
    expect(JSON.stringify(schema.properties?.['d'])).toContain('"x-multiline":true');
  });

  it('shows a date as the text that JSON makes of it', () => {
    expect(jsonSchemaOf(z.object({ at: z.date() })).properties?.['at']).toEqual({
      type: 'string',
      format: 'date-time',
    });
  });
});

describe('the property list', () => {
  it('has every path that a template or filter may use', () => {
    const schema = jsonSchemaOf(
      z.object({
        incident: z.object({ title: z.string().describe('What happened') }),
        links: z.array(z.object({ url: z.url() })),
        labels: z.record(z.string(), z.string()),
        count: z.number().nullable().optional(),
      }),
    );
    const properties = propertiesOf(schema);
    expect(properties.map(({ path }) => path)).toEqual([
      'payload.incident',
      'payload.incident.title',
      'payload.links',
      'payload.links[].url',
      'payload.labels',
      'payload.labels.*',
      'payload.count',
    ]);
    expect(properties.find(({ path }) => path === 'payload.incident.title')).toEqual({
      path: 'payload.incident.title',
      type: 'string',
      description: 'What happened',
      optional: false,
    });
    expect(properties.find(({ path }) => path === 'payload.count')).toMatchObject({
      type: 'number | null',
      optional: true,
    });
  });
});

describe('the property list of alternatives', () => {
  it('says what each may be, and that what only some have is optional', () => {
    const schema = jsonSchemaOf(
      z.object({
        target: z.union([
          z.object({ kind: z.literal('user'), id: z.string(), email: z.string() }),
          z.object({ kind: z.literal('team'), id: z.number() }),
        ]),
        parent: z.object({ name: z.string() }).nullable(),
        pair: z.tuple([z.object({ left: z.string() })]),
      }),
    );
    const shown = propertiesOf(schema).map(
      ({ path, type, optional }) => `${path}${optional ? '?' : ''}: ${type}`,
    );
    expect(shown).toEqual([
      'payload.target: object',
      'payload.target.kind: string',
      'payload.target.id: string | number',
      'payload.target.email?: string',
      'payload.parent: object | null',
      'payload.parent.name?: string',
      'payload.pair: array',
      'payload.pair[].left: string',
    ]);
  });

  it('ends where a schema holds itself', () => {
    const node = z.object({
      name: z.string(),
      get children() {
        return z.array(node);
      },
    });
    const paths = propertiesOf(jsonSchemaOf(node)).map(({ path }) => path);
    expect(paths).toContain('payload.children[].children[].name');
    expect(paths.length).toBeLessThan(30);
  });
});

describe('secrets in a config', () => {
  const schema = jsonSchemaOf(
    z.object({
      auth: z.discriminatedUnion('type', [
        z.object({ type: z.literal('bearer'), token: secret(z.string()) }),
        z.object({ type: z.literal('query'), token: z.string() }),
      ]),
      headers: z.record(z.string(), secret(z.string())).optional(),
      targets: z.array(z.object({ name: z.string(), key: secret(z.string()).optional() })),
    }),
  );

  it('are found nested, in lists, in records and in the alternative that applies', () => {
    const config = {
      auth: { type: 'bearer', token: 'a' },
      headers: { one: 'b' },
      targets: [{ name: 'x', key: 'c' }, { name: 'y' }],
    };
    expect(secretsIn(config, schema)).toEqual([
      { path: 'auth.token', value: 'a' },
      { path: 'headers.one', value: 'b' },
      { path: 'targets[0].key', value: 'c' },
    ]);
    expect(secretsIn({ auth: { type: 'query', token: 'a' }, targets: [] }, schema)).toEqual([]);
  });

  it.each([
    [
      'beside a constant that is left out',
      z.object({ v: z.literal(1).optional(), token: secret(z.string()) }),
      { token: 'x' },
      ['token'],
    ],
    [
      'where only one of two alternatives that fit says so',
      z.union([z.object({ token: z.string() }), z.object({ token: secret(z.string()) })]),
      { token: 'x' },
      ['token'],
    ],
    [
      'where no alternative fits',
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('a'), token: secret(z.string()) }),
        z.object({ type: z.literal('b') }),
      ]),
      { type: 'c', token: 'x' },
      ['token'],
    ],
    [
      'in a tuple',
      z.object({ pair: z.tuple([z.string(), secret(z.string())]) }),
      { pair: ['x', 'y'] },
      ['pair[1]'],
    ],
    [
      'in a union in a union',
      z.union([z.string(), z.union([z.null(), z.object({ token: secret(z.string()) })])]),
      { token: 'x' },
      ['token'],
    ],
  ])('are found %s', (_where, given, value, paths) => {
    expect(secretsIn(value, jsonSchemaOf(given)).map(({ path }) => path)).toEqual(paths);
  });

  it('can be left out of a copy', () => {
    const config = { auth: { type: 'bearer', token: 'a' }, targets: [] };
    expect(mapSecrets(config, schema, () => undefined)).toEqual({
      auth: { type: 'bearer' },
      targets: [],
    });
    expect(config.auth.token).toBe('a');
  });
});

describe('what is wrong with an input', () => {
  it('names each field and what is allowed', () => {
    const schema = z.strictObject({ severity: z.enum(['low', 'high']), ids: z.array(z.string()) });
    const { error } = schema.safeParse({ severity: 'x', ids: ['a', 1], more: true });
    const problems = error ? problemsOf(error, 'payload') : [];
    expect(problems.map(({ field }) => field).toSorted()).toEqual([
      'payload.ids[1]',
      'payload.more',
      'payload.severity',
    ]);
    expect(problems.find(({ field }) => field === 'payload.severity')?.message).toMatch(
      /low.*high/,
    );
  });

  it('says of a name what is wrong with it', () => {
    const names = z.record(z.string().regex(/^[a-z]+$/, 'must be lower case'), z.string());
    const { error } = z.object({ headers: names }).safeParse({ headers: { HOST: 'x' } });
    expect(error && problemsOf(error, 'config')).toEqual([
      { field: 'config.headers.HOST', message: 'must be lower case' },
    ]);
  });

  it('speaks of the alternative that was meant, and of fields that are missing', () => {
    const schema = z.object({
      retry: z.union([z.enum(['none']), z.strictObject({ delays: z.array(z.number()) })]),
      auth: z.discriminatedUnion('type', [z.object({ type: z.literal('none') })]),
      url: z.string(),
    });
    const { error } = schema.safeParse({ retry: { delay: [1] }, auth: { type: 'x' } });
    expect(error ? problemsOf(error, 'config') : []).toEqual([
      { field: 'config.retry.delays', message: 'is missing; must be array' },
      { field: 'config.retry.delay', message: 'is not a known field' },
      { field: 'config.auth.type', message: expect.stringContaining("'none'") },
      { field: 'config.url', message: 'is missing; must be string' },
    ]);
  });
});
