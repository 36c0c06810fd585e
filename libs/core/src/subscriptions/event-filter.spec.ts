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
    priority: z.literal([1, 2, 3]),
    minutes: z.int(),
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
    priority: 2,
    minutes: 7,
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
    [{ priority: { $gt: 1 } }, true],
    [{ minutes: { $lt: 6.5 } }, false],
    [{ systemIds: { $size: 2 } }, true],
    [{ links: { $elemMatch: { url: 'https://x' } } }, true],
    [{ severity: { $not: { $eq: 'low' } } }, true],
    [{ 'links.0.url': 'https://x' }, true],
    [{ system: null }, false],
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
    [
      'a path that no payload has',
      { 'system.nam': 'x' },
      /has 'system\.nam'; known are system\.name, system\.id/,
    ],
    [
      'a value outside of an enum',
      { severity: 'huge' },
      /can never match: must be one of "low", "high"/,
    ],
    ['a text where a number is', { count: '3' }, /can never match: the payload has number here/],
    ['a member that a list can’t have', { systemIds: { $in: [1] } }, /can never match/],
    ['a range that no constant is in', { priority: { $gt: 3 } }, /can never match/],
    ['a length where no list is', { count: { $size: 1 } }, /no list here/],
    ['conditions on members where no list is', { count: { $elemMatch: { $gt: 1 } } }, /no list/],
    ['a path into the language', { 'labels.__proto__.x': 'a' }, /not a name/],
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
    let negated: Record<string, unknown> = { $eq: 'high' };
    for (let i = 0; i < 12; i++) negated = { $not: negated };
    expect(problems({ severity: negated }).join()).toMatch(/nested/);
    expect(problems({ severity: 'x'.repeat(20_000) }).join()).toMatch(/at most 16384/);
  });
});
