import { ui } from '@nest-integrations/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from '../schema/json-schema.js';
import { templateFieldProblems } from './template-field.problems.js';

const configSchema = jsonSchemaOf(
  z.object({
    sentAs: z.enum(['json', 'text']),
    body: ui(z.string(), { template: { by: 'sentAs' } }),
  }),
);
const catalog = {
  ids: () => [],
  payloadSchemaOf: () => ({}),
  exampleOf: () => null,
};

function problems(config: unknown): string[] {
  const given = {
    config,
    configSchema,
    eventTypes: ['*'],
    subscriptionName: 'Ops',
    transform: 'x',
  };
  return templateFieldProblems(given, catalog).map(({ field }) => field);
}

describe('a template field whose target another field says', () => {
  it('is judged for what that field says', () => {
    expect(problems({ sentAs: 'text', body: '{ "a": {{ payload.a }} ' })).toEqual([]);
    expect(problems({ sentAs: 'json', body: '{ "a": {{ payload.a }} ' })).toEqual(['config.body']);
    expect(problems({ sentAs: 'json', body: '{ "a": {{ payload.a }} }' })).toEqual([]);
  });
});
