import { describe, expect, it } from 'vitest';
import { cutText } from './cut-text.js';

describe('a text that is too long', () => {
  it('is cut, and one that fits is not', () => {
    expect(cutText('abc', 2)).toBe('ab');
    expect(cutText('abc', 3)).toBe('abc');
  });

  it('is not cut within a character', () => {
    expect(cutText('ab🔥', 3)).toBe('ab');
    expect(cutText('ab🔥', 4)).toBe('ab🔥');
  });
});
