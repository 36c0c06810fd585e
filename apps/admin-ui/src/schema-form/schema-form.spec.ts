import { describe, expect, it } from 'vitest';
import { applies } from './applies';
import { changedConfig, withoutChosenOptions } from './changed-config';
import { configToSend } from './config-to-send';
import { pathText, valueAt, withValueAt } from './field-path';
import { labelOf, type FormSchema } from './form-schema';
import { initialConfig } from './initial-config';
import { chosenVariant, toVariant, variantsOf } from './variants';

const auth: FormSchema = {
  default: { type: 'none' },
  oneOf: [
    { type: 'object', properties: { type: { const: 'none' } }, required: ['type'] },
    {
      type: 'object',
      properties: {
        type: { const: 'bearer' },
        realm: { type: 'string' },
        token: { type: 'string', 'x-secret': true },
      },
      required: ['type', 'token'],
    },
    {
      type: 'object',
      properties: {
        type: { const: 'basic' },
        realm: { type: 'string' },
        token: { type: 'string', 'x-secret': true },
      },
      required: ['type'],
    },
  ],
};
const schema: FormSchema = {
  type: 'object',
  properties: {
    region: { type: 'string', enum: ['eu', 'us'], default: 'eu' },
    team: { type: 'string', 'x-options': { dependsOn: ['region'], searchable: false } },
    channel: { type: 'string', 'x-options': { dependsOn: ['team'], searchable: true } },
    format: { type: 'string', enum: ['standard', 'template'], default: 'standard' },
    template: { type: 'string', 'x-show-when': { format: ['template'] } },
    auth,
  },
  required: ['region', 'auth', 'format'],
};

describe('a form made from a schema', () => {
  it('begins with the defaults', () => {
    expect(initialConfig(schema)).toEqual({
      region: 'eu',
      format: 'standard',
      auth: { type: 'none' },
    });
  });

  it('clears what depended on a value that changes, however far down', () => {
    const config = { region: 'eu', team: 'T1', channel: 'C1', format: 'standard' };
    expect(changedConfig(schema, config, { path: ['region'], value: 'us' })).toEqual({
      region: 'us',
      format: 'standard',
    });
    expect(changedConfig(schema, config, { path: ['channel'], value: 'C2' })).toEqual({
      ...config,
      channel: 'C2',
    });
  });

  it('clears what was chosen from lists where the connection changes', () => {
    expect(withoutChosenOptions(schema, { region: 'eu', team: 'T1', channel: 'C1' })).toEqual({
      region: 'eu',
    });
  });

  it('drops the fields of the form before, and never carries a secret over to another', () => {
    const variants = variantsOf(auth, schema);
    if (!variants) throw new Error('auth has variants');
    const bearer = { type: 'bearer', realm: 'ops', token: 'not-a-real-token' };
    const basic = variants.variants.find(({ tag }) => tag === 'basic');
    if (!basic) throw new Error('auth has a basic variant');
    expect(chosenVariant(variants, bearer)?.tag).toBe('bearer');
    expect(toVariant(variants, basic, bearer)).toEqual({ type: 'basic', realm: 'ops' });
  });

  it('shows a field only where it applies, and sends it only then', () => {
    const template = schema.properties?.['template'] ?? {};
    expect(applies(template, { format: 'template' })).toBe(true);
    expect(applies(template, { format: 'standard' })).toBe(false);
    expect(configToSend(schema, { format: 'standard', template: 'left from before' })).toEqual({
      format: 'standard',
    });
  });

  it('leaves out what is empty, and sends null, which clears a secret', () => {
    expect(configToSend(schema, { region: '', auth: { type: 'bearer', token: null } })).toEqual({
      auth: { type: 'bearer', token: null },
    });
  });

  it('names fields as the server does', () => {
    expect(pathText(['auth', 'scopes', 0, 'name'])).toBe('auth.scopes[0].name');
    expect(valueAt({ a: [{ b: 1 }] }, ['a', 0, 'b'])).toBe(1);
  });

  it('changes one field and leaves the others, and their order, as they are', () => {
    const before = { a: 1, b: { c: 2, d: 3 }, e: 4 };
    const after = withValueAt(before, ['b', 'c'], 5);
    expect(after).toEqual({ a: 1, b: { c: 5, d: 3 }, e: 4 });
    expect(Object.keys(Object(after))).toEqual(['a', 'b', 'e']);
    expect(before.b.c).toBe(2);
    expect(withValueAt(before, ['b'], undefined)).toEqual({ a: 1, e: 4 });
  });

  it('reads names as a person would', () => {
    expect(labelOf('clientId', {})).toBe('Client ID');
    expect(labelOf('secretHeaders', {})).toBe('Secret headers');
    expect(labelOf('url', { title: 'Webhook URL' })).toBe('Webhook URL');
  });
});
