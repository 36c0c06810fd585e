import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SettingsError, type EncryptionKey } from './platform-settings.js';

const keyFile = z.array(z.object({ id: z.string(), key: z.string() })).min(1);

/** The keys of `keys.json` in the data folder; made, readable by its owner alone, where there is none. */
export async function keptKeys(dataDir: string): Promise<EncryptionKey[]> {
  const file = join(dataDir, 'keys.json');
  const text = await keptText(file, () =>
    JSON.stringify([{ id: 'embedded-1', key: randomBytes(32).toString('base64') }]),
  );
  try {
    return keyFile.parse(JSON.parse(text));
  } catch {
    throw new SettingsError(
      `${file}: must be a JSON list of { id, key }; it was not made anew, because secrets may be encrypted with its keys`,
    );
  }
}

/** The admin token of the data folder; made, readable by its owner alone, where there is none. */
export async function keptAdminToken(dataDir: string): Promise<string> {
  return keptText(join(dataDir, 'admin-token'), () => randomBytes(24).toString('base64url'));
}

async function keptText(file: string, make: () => string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return kept.trim();
  const made = make();
  await mkdir(join(file, '..'), { recursive: true });
  // `wx`: of two starts at once, one makes it.
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: 'wx' });
  return made;
}
