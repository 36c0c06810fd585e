import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRotationSettings } from './rotation-settings.js';

const DATABASE_URL = 'postgres://localhost/app';
const key = (): string => randomBytes(32).toString('base64');

describe('the settings of a rotation', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-integrations-keys-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it('take the keys from the environment or from a file, the first as the primary', async () => {
    const [a, b] = [key(), key()];
    const given = readRotationSettings({ DATABASE_URL, INTEGRATION_KEYS: `a:${a},b:${b}` });
    expect(given.ring.ids).toEqual(['a', 'b']);
    const file = join(folder, 'keys.json');
    await writeFile(file, JSON.stringify([{ id: 'b', key: b }]));
    const read = readRotationSettings({ DATABASE_URL, INTEGRATION_KEYS_FILE: file });
    expect(read.ring.primary.id).toBe('b');
  });

  it('are refused in words that quote no key', async () => {
    const broken = join(folder, 'broken.json');
    const secret = key();
    await writeFile(broken, `[{"id":"a","key":"${secret}"`);
    for (const [environment, message] of [
      [{}, /DATABASE_URL/],
      [{ DATABASE_URL }, /INTEGRATION_KEYS/],
      [{ DATABASE_URL, INTEGRATION_KEYS: secret }, /keys\[0\]\.id/],
      [{ DATABASE_URL, INTEGRATION_KEYS: 'a:short' }, /keys\[0\]\.key/],
      [{ DATABASE_URL, INTEGRATION_KEYS_FILE: broken }, /broken\.json can't be read/],
      [{ DATABASE_URL, INTEGRATION_KEYS_FILE: join(folder, 'none') }, /ENOENT/],
    ] as const) {
      expect(() => readRotationSettings(environment)).toThrow(message);
      expect(() => readRotationSettings(environment)).not.toThrow(secret);
    }
  });
});
