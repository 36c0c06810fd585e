import { randomBytes } from 'node:crypto';
import { secret, ui } from '@nest-integrations/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from '../schema/json-schema.js';
import { KeyRing } from '../secrets/key-ring.js';
import { SecretCipher } from '../secrets/secret-cipher.js';
import { ConfigSecrets } from './config.secrets.js';

const SECRET = 'https://s3cr3t.example';
const text = () => secret(z.string());

/** However an author may go on after `secret(…)`: what comes after must not take the mark away. */
const written: Record<string, z.ZodType> = {
  'as it is': text(),
  '.min()': text().min(4),
  '.max()': text().max(400),
  '.regex()': text().regex(/s/),
  '.trim()': text().trim(),
  '.startsWith()': text().startsWith('https'),
  'z.url()': secret(z.url()),
  '.optional()': text().optional(),
  '.nullable()': text().nullable(),
  '.nullish()': text().nullish(),
  '.default()': text().default('x'),
  '.prefault()': text().prefault('x'),
  '.catch()': text().catch('x'),
  '.readonly()': text().readonly(),
  '.brand()': text().brand<'Token'>(),
  '.refine()': text().refine((value) => value !== ''),
  '.transform()': text().transform((value) => value),
  '.pipe()': text().pipe(z.string().min(1)),
  '.describe()': text().describe('The token'),
  '.meta()': text().meta({ examples: ['x'] }),
  'ui() around it': ui(text(), { title: 'Token' }),
  'several of them': text().min(4).max(400).optional().describe('The token'),
  'marked last': secret(z.string().min(4).optional()),
  'a union': secret(z.union([z.string(), z.number()])),
  'in a union': z.union([z.object({ none: z.literal(true) }), text()]),
};

const around: Record<string, (field: z.ZodType) => { schema: z.ZodType; value: unknown }> = {
  'a field': (field) => ({ schema: z.object({ a: field }), value: { a: SECRET } }),
  'a nested field': (field) => ({
    schema: z.object({ a: z.object({ b: z.object({ c: field }) }).optional() }),
    value: { a: { b: { c: SECRET } } },
  }),
  'a list': (field) => ({ schema: z.object({ a: z.array(field) }), value: { a: [SECRET] } }),
  'a record': (field) => ({
    schema: z.object({ a: z.record(z.string(), field) }),
    value: { a: { any: SECRET } },
  }),
  'a tuple': (field) => ({
    schema: z.object({ a: z.tuple([z.number(), field]) }),
    value: { a: [1, SECRET] },
  }),
  'an alternative': (field) => ({
    schema: z.object({
      a: z.discriminatedUnion('type', [
        z.object({ type: z.literal('none') }),
        z.object({ type: z.literal('some'), b: field }),
      ]),
    }),
    value: { a: { type: 'some', b: SECRET } },
  }),
  'an extended object': (field) => ({
    schema: z.object({ x: z.string() }).extend({ a: field }),
    value: { x: 'x', a: SECRET },
  }),
  'an intersection': (field) => ({
    schema: z.object({ x: z.string() }).and(z.object({ a: field })),
    value: { x: 'x', a: SECRET },
  }),
};

describe('every secret of a config is encrypted and shown to nobody', () => {
  const ring = new KeyRing([{ id: 'k', key: randomBytes(32).toString('base64') }]);
  const secrets = new ConfigSecrets(new SecretCipher(ring));
  const places = Object.entries(around).flatMap(([where, place]) =>
    Object.entries(written).map(([how, field]) => ({ how, where, ...place(field) })),
  );

  it.each(places)('written $how, in $where', ({ schema, value }) => {
    const described = jsonSchemaOf(schema);
    const sealed = secrets.seal('s', value, described);
    expect(JSON.stringify(sealed)).not.toContain('s3cr3t');
    expect(secrets.open('s', sealed)).toEqual(value);
    const shown = secrets.show(sealed, described);
    expect(JSON.stringify(shown.config)).not.toMatch(/s3cr3t|enc:v1/);
    expect(shown.secrets).toHaveLength(1);
  });
});
