import { describe, expect, it } from 'vitest';
import { filterOf, rowsOf, valueFrom, type FilterRow } from './filter-rows';

describe('the rows of a filter', () => {
  it.each<readonly [string, Record<string, unknown>]>([
    ['a value', { 'incident.severity': 'high' }],
    ['several properties', { a: 1, b: { $ne: null } }],
    ['a list', { severity: { $in: ['high', 'critical'] } }],
    ['two conditions of one property', { $and: [{ n: { $gte: 1 } }, { n: { $lt: 5 } }] }],
    ['what is there', { a: { $exists: true }, b: { $exists: false } }],
  ])('stand for the filter that they came from: %s', (_, filter) => {
    const rows = rowsOf(filter);
    expect(rows).not.toBeNull();
    expect(filterOf(rows ?? [])).toEqual(filter);
  });

  it('are as many as there are bounds', () => {
    expect(rowsOf({ n: { $gte: 1, $lt: 5 } })).toEqual([
      { path: 'n', operator: 'gte', values: [1] },
      { path: 'n', operator: 'lt', values: [5] },
    ]);
  });

  it.each<readonly [string, Record<string, unknown>]>([
    ['alternatives', { $or: [{ a: 1 }, { b: 2 }] }],
    ['items', { links: { $elemMatch: { url: 'x' } } }],
    ['a negation', { a: { $not: { $gt: 3 } } }],
    ['an object to equal', { a: { b: 1 } }],
  ])('do not pretend to show what they can’t: %s', (_, filter) => {
    expect(rowsOf(filter)).toBeNull();
  });

  it('say nothing until they are filled in', () => {
    const empty: FilterRow = { path: '', operator: 'is', values: [] };
    expect(filterOf([empty, { path: 'a', operator: 'is', values: [] }])).toBeNull();
  });

  it('take what is typed as the property’s type has it', () => {
    expect(valueFrom('3', 'integer')).toBe(3);
    expect(valueFrom('3', 'string')).toBe('3');
    expect(valueFrom('true', 'boolean')).toBe(true);
    expect(valueFrom('null', 'string | null')).toBeNull();
    expect(valueFrom('x', 'number')).toBe('x');
  });
});
