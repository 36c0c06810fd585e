import { describe, expect, it } from 'vitest';
import { plainValuesOf } from './plain-values.js';

describe('the plain values of a payload', () => {
  it('are its texts, numbers and flags; what is nested or empty is left out', () => {
    const payload = { id: 'A-1', count: 2, open: false, note: '', tags: ['x'], by: { id: 7 } };
    expect(plainValuesOf(payload)).toEqual([
      ['id', 'A-1'],
      ['count', '2'],
      ['open', 'false'],
    ]);
  });

  it('are none that nobody could read', () => {
    expect(plainValuesOf({ note: ' \n', '': 'x', ' ': 1, id: 'A-1' })).toEqual([['id', 'A-1']]);
  });

  it('are those of the one object in it', () => {
    expect(plainValuesOf({ incident: { id: 'INC-1' } })).toEqual([['id', 'INC-1']]);
  });

  it('are no more than asked for, and none of what is no object', () => {
    expect(plainValuesOf({ a: 1, b: 2, c: 3 }, 2)).toHaveLength(2);
    expect([null, 'text', [], undefined].flatMap((payload) => plainValuesOf(payload))).toEqual([]);
  });
});
