import { describe, expect, it } from 'vitest';
import { mapEncryptedIn } from './encrypted-form.js';

describe('encrypted values in stored JSON', () => {
  it('are found wherever they stand, and nothing else is touched', () => {
    const looksLikeOne = 'enc:v1:old:AAAA';
    const stored = {
      token: looksLikeOne,
      list: [1e300, looksLikeOne, null],
      nested: { 'a.b': { c: looksLikeOne } },
      part: `see ${looksLikeOne}`,
      quoted: `"${looksLikeOne}"`,
      begun: `"${looksLikeOne}`,
      [looksLikeOne]: 'a field of that name',
    };
    const expected = {
      ...stored,
      token: 'new',
      list: [1e300, 'new', null],
      nested: { 'a.b': { c: 'new' } },
    };
    const seen: string[] = [];
    const mapped = mapEncryptedIn(JSON.stringify(stored), (encrypted) => {
      seen.push(encrypted);
      return 'new';
    });
    expect(mapped).toBe(JSON.stringify(expected));
    expect(seen).toEqual([looksLikeOne, looksLikeOne, looksLikeOne]);
  });
});
