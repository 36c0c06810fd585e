import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from '../schema/json-schema.js';
import { compileFilter, filterProblems } from './event-filter.js';

const schema = jsonSchemaOf(
  z.object({
    severity: z.string(),
    count: z.number().optional(),
    tags: z.array(z.string()),
    system: z.object({ name: z.string(), level: z.number().nullable() }),
    links: z.array(z.object({ url: z.string(), size: z.number() })),
  }),
);

// Few values, so that conditions often hold.
const text = fc.constantFrom('a', 'b', 'c', '');
const number = fc.constantFrom(-1, 0, 1, 1.5);
const payloads = fc.record(
  {
    severity: text,
    count: number,
    tags: fc.array(text, { maxLength: 3 }),
    system: fc.record({ name: text, level: fc.option(number) }),
    links: fc.array(fc.record({ url: text, size: number }), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['severity', 'tags', 'system', 'links'] },
);

type Condition = Record<string, unknown>;

const comparisonsOf = (value: fc.Arbitrary<string | number>): fc.Arbitrary<unknown> => {
  const values = fc.array(value, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    value,
    fc.record({ $eq: value }),
    fc.record({ $ne: value }),
    fc.record({ $in: values }),
    fc.record({ $nin: values }),
    fc.record({ $gt: value }),
    fc.record({ $gte: value, $lt: value }),
    fc.record({ $lte: value }),
    fc.record({ $not: fc.oneof(fc.record({ $eq: value }), fc.record({ $gt: value })) }),
  );
};
const { filters } = fc.letrec<{ filters: Condition }>((tie) => ({
  filters: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record(
      {
        severity: comparisonsOf(text),
        count: fc.oneof(comparisonsOf(number), fc.record({ $exists: fc.boolean() })),
        tags: fc.oneof(
          comparisonsOf(text),
          fc.record({ $size: fc.nat(3) }),
          fc.record({ $all: fc.array(text, { minLength: 1, maxLength: 2 }) }),
          fc.record({ $elemMatch: fc.record({ $gt: text }) }),
        ),
        'system.name': comparisonsOf(text),
        'system.level': comparisonsOf(number),
        'links.url': comparisonsOf(text),
        'links.size': comparisonsOf(number),
        links: fc.record({ $elemMatch: fc.record({ url: text, size: comparisonsOf(number) }) }),
      },
      { requiredKeys: [] },
    ),
    fc.record({ $and: fc.array(tie('filters'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ $or: fc.array(tie('filters'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ $nor: fc.array(tie('filters'), { minLength: 1, maxLength: 3 }) }),
  ),
}));

/** What a filter means, said in another way than the engine's. */
function holds(filter: Condition, subject: unknown): boolean {
  return Object.entries(filter).every(([key, condition]) => {
    if (key === '$and') return listOf(condition).every((each) => holds(each, subject));
    if (key === '$or') return listOf(condition).some((each) => holds(each, subject));
    if (key === '$nor') return !listOf(condition).some((each) => holds(each, subject));
    return compares(condition, reached(subject, key.split('.')));
  });
}

/** What a path leads to, through lists to all their members. */
function reached(value: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (name === undefined) return [value];
  if (Array.isArray(value)) return value.flatMap((member) => reached(member, [name, ...rest]));
  const field: unknown = isRecord(value) ? value[name] : undefined;
  return reached(field, rest);
}

function compares(condition: unknown, found: readonly unknown[]): boolean {
  if (!isRecord(condition)) return compares({ $eq: condition }, found);
  // A condition on a list is one on its members.
  const members = found.flatMap((value): unknown[] => (Array.isArray(value) ? value : [value]));
  const has = (operand: unknown) => members.includes(operand);
  return Object.entries(condition).every(([operator, operand]) => {
    switch (operator) {
      case '$eq':
        return has(operand);
      case '$ne':
        return !has(operand);
      case '$in':
        return Array.isArray(operand) && operand.some(has);
      case '$nin':
        return Array.isArray(operand) && !operand.some(has);
      case '$all':
        return Array.isArray(operand) && operand.every(has);
      case '$exists':
        return found.some((value) => value !== undefined) === operand;
      case '$size':
        return found.some((value) => Array.isArray(value) && value.length === operand);
      case '$not':
        return !compares(operand, found);
      case '$elemMatch':
        return members.some((member) =>
          isRecord(member) && isRecord(operand)
            ? holds(operand, member)
            : compares(operand, [member]),
        );
      default:
        return members.some((member) => inRange(operator, member, operand));
    }
  });
}

function inRange(operator: string, left: unknown, right: unknown): boolean {
  const comparable =
    (typeof left === 'number' && typeof right === 'number') ||
    (typeof left === 'string' && typeof right === 'string');
  if (!comparable) return false;
  if (operator === '$gt') return left > right;
  if (operator === '$gte') return left >= right;
  return operator === '$lt' ? left < right : left <= right;
}

function listOf(value: unknown): Condition[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Condition {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const NAMES = [
  'a',
  'b',
  '0',
  '',
  'length',
  'toString',
  '$',
  '__proto__x',
  'a.b',
  'a..b',
  '.',
  '1.a',
];
/** Of every shape, right and wrong: what is refused is not tried. */
const { anyFilter } = fc.letrec<{ anyFilter: Condition }>((tie) => ({
  anyFilter: fc.dictionary(
    fc.oneof(
      fc.constantFrom(...NAMES),
      fc.constantFrom('$and', '$or', '$nor', '$eq', '$in', '$gt', '$not', '$elemMatch', '$size'),
      fc.string({ maxLength: 5 }),
    ),
    fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue({ maxDepth: 3 }),
      tie('anyFilter'),
      fc.array(tie('anyFilter'), { maxLength: 2 }),
    ),
    { maxKeys: 3 },
  ),
}));
const anyPayload = fc.oneof(
  fc.jsonValue({ maxDepth: 6 }),
  fc.dictionary(fc.constantFrom(...NAMES), fc.jsonValue({ maxDepth: 4 })),
);

const REFUSED = [
  '$where',
  '$function',
  '$accumulator',
  '$expr',
  '$regex',
  '$jsonSchema',
  '$mod',
  '$type',
  '$text',
  '$comment',
  '$bitsAllSet',
  '$geoWithin',
  '$toString',
  '$',
  '$AND',
  '$And',
  '$constructor',
];
/** Puts a condition into another, at a place where conditions may stand. */
const disguises: fc.Arbitrary<(inner: Condition) => Condition> = fc.constantFrom(
  (inner) => ({ $and: [{ severity: 'a' }, inner] }),
  (inner) => ({ $or: [inner] }),
  (inner) => ({ $nor: [inner, {}] }),
  (inner) => ({ links: { $elemMatch: inner } }),
);

describe('a filter, whatever it is,', () => {
  it('means what its operators say', () => {
    fc.assert(
      fc.property(filters, payloads, (filter, payload) => {
        const problems = filterProblems(filter, [schema]);
        fc.pre(!problems.some(({ message }) => message.includes('more than 100')));
        expect(problems).toEqual([]);
        expect(compileFilter(filter)(payload)).toBe(holds(filter, payload));
      }),
      { numRuns: 2_000 },
    );
  });

  it('matches a list by each of its members, and by no other value', () => {
    const lists = fc.oneof(fc.array(fc.string()), fc.array(fc.integer()));
    fc.assert(
      fc.property(lists, fc.nat(), fc.string(), (list, at, other) => {
        const payload = { some: { list } };
        const member = list[at % Math.max(1, list.length)];
        if (member !== undefined) {
          expect(compileFilter({ 'some.list': member })(payload)).toBe(true);
          expect(compileFilter({ 'some.list': { $in: [member] } })(payload)).toBe(true);
          expect(compileFilter({ 'some.list': { $ne: member } })(payload)).toBe(false);
        }
        const isThere = list.some((each) => each === other);
        expect(compileFilter({ 'some.list': other })(payload)).toBe(isThere);
      }),
    );
  });

  it('is refused or gives an answer for any payload, and never throws', () => {
    fc.assert(
      fc.property(anyFilter, anyPayload, (filter, payload) => {
        if (filterProblems(filter, []).length > 0) return;
        expect(compileFilter(filter)(payload)).toBeTypeOf('boolean');
      }),
      { numRuns: 5_000 },
    );
  });

  it('is judged without throwing, whatever stands in its place', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), anyFilter), (filter) => {
        for (const { field, message } of filterProblems(filter, [schema])) {
          expect(field).toMatch(/^filter/);
          expect(message).not.toBe('');
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['a value', 'value', (inner: unknown) => ({ severity: inner })],
    ['conditions', 'condition', (inner: unknown) => ({ $and: [inner] })],
    ['a list', 'value', (inner: unknown) => ({ severity: { $in: [inner] } })],
  ])('is refused where %s is nested without an end, in time', (_what, kind, wrap) => {
    for (const levels of [40, 1_500, 2_600]) {
      let inner: unknown = { severity: 'a' };
      for (let level = 0; level < levels; level++) {
        inner = kind === 'value' ? { a: inner } : { $or: [inner] };
      }
      expect(filterProblems(wrap(inner), [])[0]?.message).toMatch(/nested|bytes/);
    }
  });

  it('gives an answer for a payload that is nested as deep as one can be', () => {
    const deep = (levels: number, wrap: (inner: unknown) => unknown) => {
      let value: unknown = 1;
      for (let level = 0; level < levels; level++) value = wrap(value);
      return { a: value };
    };
    for (const payload of [deep(5_000, (a) => ({ a })), deep(5_000, (a) => [a])]) {
      for (const filter of [{ a: 1 }, { 'a.a.a': { $in: [1] } }, { a: { $elemMatch: { a: 1 } } }]) {
        expect(compileFilter(filter)(payload)).toBeTypeOf('boolean');
      }
    }
  });

  it('does not get an operator in that is not allowed, however it is wrapped', () => {
    const wrappings = fc.array(disguises, { maxLength: 2 });
    const uses: fc.Arbitrary<(operator: string) => Condition> = fc.constantFrom(
      (operator) => ({ [operator]: 'x' }),
      (operator) => ({ severity: { [operator]: 'x' } }),
      (operator) => ({ severity: { $not: { [operator]: 'x' } } }),
      (operator) => ({ severity: { $eq: 'a', [operator]: 'x' } }),
      (operator) => ({ tags: { $elemMatch: { [operator]: 'x' } } }),
      (operator) => ({ tags: { $not: { $elemMatch: { $not: { [operator]: 'x' } } } } }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...REFUSED), uses, wrappings, (operator, use, wraps) => {
        const filter = wraps.reduce((inner, wrap) => wrap(inner), use(operator));
        for (const schemas of [[], [schema]]) {
          expect(
            filterProblems(filter, schemas)
              .map(({ message }) => message)
              .join(),
          ).toMatch(/is not allowed; use|no payload of the chosen events|is nested/);
        }
      }),
    );
  });

  it('does not get a name of the language’s own in, wherever it stands in a path', () => {
    const own = fc.constantFrom('__proto__', 'constructor', 'prototype');
    const names = fc.array(fc.constantFrom('severity', 'a', '0'), { maxLength: 2 });
    fc.assert(
      fc.property(
        own,
        names,
        names,
        fc.array(disguises, { maxLength: 2 }),
        (name, before, after, wraps) => {
          const path = [...before, name, ...after].join('.');
          // As an own key, as JSON gives it.
          const condition: Condition = JSON.parse(`{${JSON.stringify(path)}:{"$exists":true}}`);
          const filter = wraps.reduce((inner, wrap) => wrap(inner), condition);
          expect(filterProblems(filter, []).map(({ message }) => message)).toContain(
            'is not a name that can be compared',
          );
        },
      ),
    );
  });
});
