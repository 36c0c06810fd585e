import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeyRing, keyRingProblems } from './key-ring.js';
import { keyIdOf, SecretCipher } from './secret-cipher.js';

const newKey = (id: string) => ({ id, key: randomBytes(32).toString('base64') });

const inBase64 = (bytes: Buffer) => bytes.toString('base64');
const counted = Array.from({ length: 32 }, (_, i) => i * 3);
const phrase = 'correct horse battery staple 123';
const oneKey = randomBytes(32).toString('base64');
const sameKey = (id: string) => ({ id, key: oneKey });

describe('secrets at rest', () => {
  it('come back as they were, and look different each time', () => {
    const cipher = new SecretCipher(new KeyRing([newKey('k1')]));
    const [first, second] = [
      cipher.encrypt('s3cr3t ü', 'sub:1'),
      cipher.encrypt('s3cr3t ü', 'sub:1'),
    ];
    expect(first).not.toBe(second);
    expect(first).not.toContain('s3cr3t');
    expect(cipher.decrypt(first, 'sub:1')).toBe('s3cr3t ü');
  });

  it('name their key, so that a ring with a newer one still reads them', () => {
    const old = newKey('k1');
    const stored = new SecretCipher(new KeyRing([old])).encrypt('x', 'sub:1');
    expect(stored).toMatch(/^enc:v1:k1:/);
    const rotated = new SecretCipher(new KeyRing([newKey('k2'), old]));
    expect(rotated.decrypt(stored, 'sub:1')).toBe('x');
    expect(rotated.encrypt('x', 'sub:1')).toMatch(/^enc:v1:k2:/);
  });

  it('are renewed under the newest key; what is there already is left as it is', () => {
    const old = newKey('k1');
    const stored = new SecretCipher(new KeyRing([old])).encrypt('x', 'sub:1');
    const cipher = new SecretCipher(new KeyRing([newKey('k2'), old]));
    const renewed = cipher.renew(stored, 'sub:1');
    expect(keyIdOf(renewed)).toBe('k2');
    expect(cipher.decrypt(renewed, 'sub:1')).toBe('x');
    expect(cipher.renew(renewed, 'sub:1')).toBe(renewed);
    expect(() => cipher.renew(stored, 'sub:2')).toThrow(/belongs to something else/);
  });

  it('are refused, never handed on as they are stored, when moved, changed or of an unknown key', () => {
    const ring = new KeyRing([newKey('k1')]);
    const cipher = new SecretCipher(ring);
    const stored = cipher.encrypt('x', 'sub:1');
    expect(() => cipher.decrypt(stored, 'sub:2')).toThrow(/belongs to something else/);
    expect(() => cipher.decrypt(`${stored.slice(0, -2)}AA`, 'sub:1')).toThrow(/was changed/);
    // 12 bytes of nonce and 4 of tag: a tag cut short is easier to guess.
    const [form, bytes] = [stored.slice(0, 10), stored.slice(10)];
    const cut = Buffer.from(bytes, 'base64url').subarray(0, 16).toString('base64url');
    expect(() => cipher.decrypt(`${form}${cut}`, 'sub:1')).toThrow(/was changed/);
    expect(() => cipher.decrypt('plain text', 'sub:1')).toThrow(/not in the form/);
    const other = new SecretCipher(new KeyRing([newKey('k9')]));
    expect(() => other.decrypt(stored, 'sub:1')).toThrow(/key 'k1' is not among/);
  });

  it.each([
    ['none', [], /at least one/],
    ['a short one', [{ id: 'a', key: 'c2hvcnQ=' }], /is 5 bytes/],
    ['an empty one', [{ id: 'a', key: '' }], /is empty/],
    ['one that is no base64', [{ id: 'a', key: `${'b'.repeat(42)}!=` }], /is not base64/],
    ['one byte repeated', [{ id: 'a', key: inBase64(Buffer.alloc(32, 7)) }], /too regular/],
    ['zeros', [{ id: 'a', key: inBase64(Buffer.alloc(32)) }], /too regular/],
    ['counted bytes', [{ id: 'a', key: inBase64(Buffer.from(counted)) }], /too regular/],
    ['a phrase', [{ id: 'a', key: inBase64(Buffer.from(phrase)) }], /is a text/],
    [
      'one key under two ids',
      [newKey('a'), sameKey('b'), sameKey('c')],
      /keys\[2\]\.key: is the same as keys\[1\]\.key/,
    ],
    ['two of one id', [newKey('a'), newKey('a')], /there twice/],
    ['an id with a colon', [newKey('a:b')], /keys\[0\]\.id/],
  ])('need strong keys: refuses %s and says how to make one', (_what, keys, problem) => {
    const told = keyRingProblems(keys).join('\n');
    expect(told).toMatch(problem);
    for (const { key } of keys) if (key !== '') expect(told).not.toContain(key);
  });
});
