import { describe, expect, it } from 'vitest';
import { idRangeOf } from './id-search.js';

describe('a search for an id', () => {
  it('finds the one that was given in full', () => {
    const id = '0198c5e2-7a7e-7000-8000-000000000001';
    expect(idRangeOf(id)).toEqual({ from: id, to: id, isNarrow: true });
    expect(idRangeOf(id.toUpperCase())).toEqual({ from: id, to: id, isNarrow: true });
  });

  it.each(['0198c5e2', '0198c5e2-', '0198c5e2-7a7e', '0198c5e27a7e'])(
    'finds those that begin with %s',
    (typed) => {
      const range = idRangeOf(typed);
      expect(range?.from.startsWith('0198c5e2-')).toBe(true);
      expect(range && range.from < range.to).toBe(true);
      expect(range?.to).toMatch(/f{12}$/);
    },
  );

  it('is narrow once it holds the whole time of the id', () => {
    expect(idRangeOf('0198c5e2-7a7')?.isNarrow).toBe(false);
    expect(idRangeOf('0198c5e2-7a7e')?.isNarrow).toBe(true);
  });

  it.each(['', '-', 'MSG-1', '0198c5e2--7a', `${'a'.repeat(33)}`, '%', 'incident'])(
    'knows that no id begins with %j',
    (typed) => {
      expect(idRangeOf(typed)).toBeNull();
    },
  );
});
