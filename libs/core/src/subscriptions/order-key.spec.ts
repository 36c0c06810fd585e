import { describe, expect, it } from 'vitest';
import { orderKeyOf, SHARED_LINE } from './order-key.js';

describe('the key of an order', () => {
  it('is the value at the path, by its kind too', () => {
    expect(orderKeyOf({ order: { id: 7 } }, 'order.id')).toBe('7');
    expect(orderKeyOf({ order: { id: '7' } }, 'order.id')).toBe('"7"');
    expect(orderKeyOf({ order: { id: null } }, 'order.id')).toBe('null');
    expect(orderKeyOf({ order: { id: 7 } }, 'order')).toBe('{"id":7}');
    expect(orderKeyOf({ items: [{ id: 7 }] }, 'items.0.id')).toBe('7');
  });

  it('is the shared line where there is no path, or nothing at it', () => {
    expect(orderKeyOf({ id: 7 }, undefined)).toBe(SHARED_LINE);
    for (const path of ['order.id', 'id.length', 'toString', 'id.x']) {
      expect(orderKeyOf({ id: 'abc' }, path)).toBe(SHARED_LINE);
    }
  });

  it('is short however long the value', () => {
    const [a, b] = ['a', 'b'].map((last) => orderKeyOf({ id: 'x'.repeat(10_000) + last }, 'id'));
    expect(a).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(a).not.toBe(b);
  });
});
