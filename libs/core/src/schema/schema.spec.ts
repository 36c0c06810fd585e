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
});
