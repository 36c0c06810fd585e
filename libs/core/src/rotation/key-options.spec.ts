import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../integration-options.js';

const database = { url: 'postgres://localhost/app' };
const good = { id: '2026-11', key: randomBytes(32).toString('base64') };

describe('the start', () => {
  it.each<[string, object, RegExp]>([
    ['no secrets', {}, /options\.secrets: give keys: .*openssl/],
    ['no list of keys', { secrets: {} }, /options\.secrets\.keys: give keys: .*openssl/],
    [
      'an empty list',
      { secrets: { keys: [] } },
      /options\.secrets\.keys: give at least one; .*openssl/,
    ],
    [
      'a key whose variable is not set',
      { secrets: { keys: [{ id: 'a', key: undefined }] } },
      /options\.secrets\.keys\.0\.key: is not set; .*openssl/,
    ],
    [
      'a key whose variable is empty',
      { secrets: { keys: [{ id: 'a', key: '' }] } },
      /options\.secrets\.keys\[0\]\.key: is empty; .*openssl/,
    ],
    [
      'a weak key behind a good one',
      { secrets: { keys: [good, { id: 'b', key: Buffer.alloc(32, 1).toString('base64') }] } },
      /options\.secrets\.keys\[1\]\.key: is too regular/,
    ],
    ['two keys of one id', { secrets: { keys: [good, good] } }, /'2026-11' is there twice/],
  ])('is refused with %s, in words that say what to do', (_, options, message) => {
    expect(() => resolveOptions({ database, ...options })).toThrow(message);
  });

  it('takes a strong key', () => {
    expect(resolveOptions({ database, secrets: { keys: [good] } }).secrets.keys).toEqual([good]);
  });
});
