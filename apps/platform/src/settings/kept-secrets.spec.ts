import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptAdminToken, keptKeys } from './kept-secrets.js';

describe('the secrets of the data folder', () => {
  let folder: string;
  let warnings: string[];
  const warn = (line: string) => void warnings.push(line);
  const modeOf = async (name: string) => (await stat(join(folder, name))).mode & 0o777;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-integrations-kept-'));
    warnings = [];
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('are made once, readable by their owner alone', async () => {
    const dataDir = join(folder, 'deep', 'er');
    const keys = await keptKeys(dataDir, warn);
    expect(await keptKeys(dataDir, warn)).toEqual(keys);
    expect(await keptAdminToken(dataDir, warn)).toBe(await keptAdminToken(dataDir, warn));
    for (const name of ['keys.json', 'admin-token']) {
      expect(await modeOf(join('deep', 'er', name))).toBe(0o600);
    }
    expect(warnings).toEqual([]);
  });

  it('are the same for two starts at once', async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, () => keptAdminToken(folder, warn)));
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).toMatch(/^[\w-]{32}$/);
    expect(await readdir(folder)).toEqual(['admin-token']);
  });

  it.each([0o644, 0o640, 0o660, 0o666])(
    'are closed to others where they stood open (%o), which is said',
    async (mode) => {
      await keptKeys(folder, warn);
      await chmod(join(folder, 'keys.json'), mode);
      await keptKeys(folder, warn);
      expect(await modeOf('keys.json')).toBe(0o600);
      expect(warnings).toEqual([expect.stringContaining(`mode ${mode.toString(8)}`)]);
    },
  );

  it('are not made anew over what can’t be read as keys', async () => {
    const file = join(folder, 'keys.json');
    await writeFile(file, 'oops', { mode: 0o600 });
    await expect(keptKeys(folder, warn)).rejects.toThrow(/it was not made anew/);
    expect(await readFile(file, 'utf8')).toBe('oops');
    await writeFile(file, ' \n');
    await expect(keptKeys(folder, warn)).rejects.toThrow(/is empty/);
  });
});
