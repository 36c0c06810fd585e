import { describe, expect, it } from 'vitest';
import { isStoredAsGiven } from './stored-text.js';

describe('a text by which something is known', () => {
  it.each(['', 'acme', 'Ünï', '日本', '💩'])('is stored as it is given: %s', (text) => {
    expect(isStoredAsGiven(text)).toBe(true);
  });

  it.each([
    ['NUL', 'a\0b'],
    ['half a pair', '\ud83d'],
    ['the other half', 'a\udca9'],
    ['the halves in the wrong order', '\udca9\ud83d'],
  ])('would become another with %s', (_, text) => {
    expect(isStoredAsGiven(text)).toBe(false);
  });
});
