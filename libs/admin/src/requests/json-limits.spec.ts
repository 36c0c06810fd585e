import { describe, expect, it } from 'vitest';
import { jsonProblems, MAX_JSON_DEPTH } from './json-limits.js';

function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

describe('jsonProblems', () => {
  it('lets a real body through', () => {
    expect(jsonProblems({ name: 'x', config: { list: [1, null, { deep: true }] } })).toEqual([]);
  });

  it('names the field that is nested too deep, however deep that is', () => {
    expect(jsonProblems({ config: nested(MAX_JSON_DEPTH) })).toEqual([]);
    for (const levels of [MAX_JSON_DEPTH + 1, 200_000]) {
      expect(jsonProblems({ config: nested(levels) })).toEqual([
        { field: 'config', message: expect.stringContaining(String(MAX_JSON_DEPTH)) },
      ]);
    }
  });

  it('names where a character stands that Postgres can’t store', () => {
    expect(jsonProblems({ config: { a: ['ok', 'b\0'] } })).toMatchObject([{ field: 'config.a.1' }]);
    expect(jsonProblems({ filter: { 'a\0': 1 } })).toMatchObject([{ field: 'filter' }]);
  });
});
