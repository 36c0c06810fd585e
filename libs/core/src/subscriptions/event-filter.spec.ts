import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from '../schema/json-schema.js';
import { compileFilter, filterProblems } from './event-filter.js';

const schema = jsonSchemaOf(
  z.object({
    severity: z.enum(['low', 'high']),
    count: z.number(),
    system: z.object({ name: z.string(), id: z.string().optional() }).nullable(),
    systemIds: z.array(z.string()),
    links: z.array(z.object({ url: z.string() })),
    labels: z.record(z.string(), z.string()),
  }),
);

const problems = (filter: unknown) => filterProblems(filter, [schema]).map((p) => p.message);

describe('a filter', () => {
  const payload = {
    severity: 'high',
    count: 3,
    system: { name: 'Checkout' },
    systemIds: ['a', 'b'],
    links: [{ url: 'https://x' }],
    labels: { team: 'pay' },
  };

  it.each([
    [{ severity: 'high' }, true],
    [{ severity: 'low' }, false],
    [{ systemIds: 'b' }, true],
    [{ systemIds: { $in: ['c', 'a'] } }, true],
    [{ count: { $gte: 3, $lt: 4 } }, true],
    [{ 'system.name': { $ne: 'Search' } }, true],
    [{ 'links.url': 'https://x' }, true],
    [{ 'labels.team': 'pay' }, true],
    [{ $or: [{ severity: 'low' }, { count: 3 }] }, true],
    [{ 'system.id': { $exists: false } }, true],
  ])('%j gives %s', (filter, matches) => {
    expect(problems(filter)).toEqual([]);
    expect(compileFilter(filter)(payload)).toBe(matches);
  });

  it.each([
    ['$where', { $where: 'process.exit()' }],
    ['$function', { severity: { $function: {} } }],
    ['$expr', { $expr: {} }],
    ['$regex', { severity: { $regex: '(a+)+$' } }],
    ['$jsonSchema', { $jsonSchema: {} }],
  ])('refuses %s and says which operators there are', (operator, filter) => {
    expect(problems(filter).join()).toContain(`the operator ${operator} is not allowed; use $and`);
  });

  it.each([
    ['a path that no payload has', { 'system.nam': 'x' }, /no payload of the chosen events has/],
    [
      'a value outside of an enum',
      { severity: 'huge' },
      /can never match: must be one of "low", "high"/,
    ],
    ['a text where a number is', { count: '3' }, /can never match: the payload has number here/],
    ['a member that a list can’t have', { systemIds: { $in: [1] } }, /can never match/],
    ['an empty list', { systemIds: { $in: [] } }, /not empty/],
    ['what is no object', ['severity'], /must be an object/],
    ['too many values', { systemIds: { $in: Array.from({ length: 501 }, String) } }, /at most 500/],
    ['a name of the language’s own', JSON.parse('{"__proto__":{"a":1}}'), /not a name/],
  ])('refuses %s', (_what, filter, problem) => {
    expect(problems(filter).join()).toMatch(problem);
  });

  it('refuses one that is nested too deep, or too large', () => {
    let deep: Record<string, unknown> = { severity: 'high' };
    for (let i = 0; i < 12; i++) deep = { $and: [deep] };
    expect(problems(deep).join()).toMatch(/nested/);
    expect(problems({ severity: 'x'.repeat(20_000) }).join()).toMatch(/at most 16384/);
  });
});
