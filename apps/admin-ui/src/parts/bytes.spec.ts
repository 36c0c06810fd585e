import { describe, expect, it } from 'vitest';
import { bytesText } from './bytes';

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [812, '812 B'],
    [1_536, '1.5 KiB'],
    [8_192, '8.0 KiB'],
    [25 * 1_024 ** 3, '25 GiB'],
    [5_000 * 1_024 ** 4, '5000 TiB'],
  ])('of %i bytes reads %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});
