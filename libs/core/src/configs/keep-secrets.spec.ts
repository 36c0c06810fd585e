import { secret } from '@nest-integrations/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from '../schema/json-schema.js';
import { keepSecrets } from './keep-secrets.js';

const schema = jsonSchemaOf(
  z.object({
    url: z.string(),
    auth: z.discriminatedUnion('type', [
      z.object({ type: z.literal('bearer'), token: secret(z.string()) }),
      z.object({ type: z.literal('basic'), user: z.string(), token: secret(z.string()) }),
    ]),
    note: z.string().nullable().optional(),
    extra: secret(z.string()).optional(),
  }),
);

describe('the secrets of a config', () => {
  const config = { url: 'https://x', auth: { type: 'bearer', token: 's3cr3t' }, extra: 'more' };

  it('are kept by an update that leaves them out, while their place is there', () => {
    expect(keepSecrets(config, { url: 'https://y', auth: { type: 'bearer' } }, schema)).toEqual({
      ...config,
      url: 'https://y',
    });
  });

  it('are not carried into another kind of auth', () => {
    const next = { url: 'https://x', auth: { type: 'basic', user: 'me' } };
    expect(keepSecrets(config, next, schema)).toEqual({ ...next, extra: 'more' });
  });

  it('are cleared by null, while other nulls stay', () => {
    const next = { url: 'https://x', auth: { type: 'bearer' }, extra: null, note: null };
    expect(keepSecrets(config, next, schema)).toEqual({
      url: 'https://x',
      auth: { type: 'bearer', token: 's3cr3t' },
      note: null,
    });
  });

  it('are not carried into another alternative, whatever tells them apart', () => {
    const byKind = jsonSchemaOf(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('a'), token: secret(z.string()) }),
        z.object({ kind: z.enum(['b', 'c']), token: secret(z.string()) }),
      ]),
    );
    const current = { kind: 'a', token: 'x' };
    expect(keepSecrets(current, { kind: 'b' }, byKind)).toEqual({ kind: 'b' });
    expect(keepSecrets(current, {}, byKind)).toEqual({});
    expect(keepSecrets(current, { kind: 'a' }, byKind)).toEqual(current);
  });

  it('are kept under names with dots and brackets, and cleared one by one', () => {
    const headers = jsonSchemaOf(z.object({ headers: z.record(z.string(), secret(z.string())) }));
    const current = { headers: { 'X.Api[0]': 'a', 'X-B': 'b' } };
    expect(keepSecrets(current, { headers: { 'X-B': null } }, headers)).toEqual({
      headers: { 'X.Api[0]': 'a' },
    });
  });

  it('follow the item of a list that they belong to, and go with it', () => {
    const targets = jsonSchemaOf(
      z.object({ targets: z.array(z.object({ url: z.string(), key: secret(z.string()) })) }),
    );
    const current = {
      targets: [
        { url: 'a', key: '1' },
        { url: 'b', key: '2' },
      ],
    };
    const keep = (...urls: string[]) =>
      keepSecrets(current, { targets: urls.map((url) => ({ url })) }, targets);
    expect(keep('b')).toEqual({ targets: [{ url: 'b', key: '2' }] });
    expect(keep('b', 'a')).toEqual({ targets: current.targets.toReversed() });
    expect(keep('a', 'c')).toEqual({ targets: [current.targets[0], { url: 'c', key: '2' }] });
    expect(keep('c')).toEqual({ targets: [{ url: 'c' }] });
  });

  it('that fill a list are kept with it', () => {
    const keys = jsonSchemaOf(z.object({ keys: z.array(secret(z.string())) }));
    expect(keepSecrets({ keys: ['a', 'b'] }, {}, keys)).toEqual({ keys: ['a', 'b'] });
    expect(keepSecrets({ keys: ['a', 'b'] }, { keys: [] }, keys)).toEqual({ keys: [] });
  });
});
