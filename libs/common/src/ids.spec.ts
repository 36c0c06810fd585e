import { describe, expect, it } from 'vitest';
import { isId, newId } from './ids.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a new id', () => {
  const ids = Array.from({ length: 50_000 }, newId);

  it('is a UUIDv7, and passes for an id', () => {
    for (const id of ids) expect(UUID_V7.test(id) && isId(id)).toBe(true);
  });

  it('is greater than the one before, and like no other', () => {
    expect(ids.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(ids);
    expect(new Set(ids.map((id) => id.slice(19))).size).toBe(ids.length);
  });

  it('begins with the time when it was made', () => {
    const before = Date.now();
    const id = newId();
    // The ids above borrowed milliseconds of the future: 4,096 fit into one.
    const ms = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
    expect(ms).toBeGreaterThanOrEqual(before);
    expect(ms).toBeLessThanOrEqual(Date.now() + 1 + ids.length / 4_096);
  });

  it('has every digit at every random place', () => {
    for (let at = 20; at < 36; at++) {
      if (at === 23) continue;
      expect(new Set(ids.map((id) => id[at])).size).toBe(16);
    }
    expect(new Set(ids.map((id) => id[19]))).toEqual(new Set(['8', '9', 'a', 'b']));
  });
});
