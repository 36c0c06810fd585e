import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { SettingsError, type EncryptionKey } from './platform-settings.js';

const keyFile = z.array(z.object({ id: z.string(), key: z.string() })).min(1);
const OWNER_ALONE = 0o600;
const OTHERS = 0o077;

/** Where to tell what was found and put right. */
type Warn = (line: string) => void;

/** The keys of `keys.json` in the data folder; made, readable by its owner alone, where there is none. */
export async function keptKeys(dataDir: string, warn: Warn): Promise<EncryptionKey[]> {
  const file = join(dataDir, 'keys.json');
  const make = () =>
    JSON.stringify([{ id: 'embedded-1', key: randomBytes(32).toString('base64') }]);
  const text = await keptText(file, { make, warn });
  try {
    return keyFile.parse(JSON.parse(text));
  } catch {
    throw new SettingsError(
      `${file}: must be a JSON list of { id, key }; it was not made anew, because secrets may be encrypted with its keys`,
    );
  }
}

/** The admin token of the data folder; made, readable by its owner alone, where there is none. */
export async function keptAdminToken(dataDir: string, warn: Warn): Promise<string> {
  const make = () => randomBytes(24).toString('base64url');
  return keptText(join(dataDir, 'admin-token'), { make, warn });
}

async function keptText(
  file: string,
  { make, warn }: { readonly make: () => string; readonly warn: Warn },
): Promise<string> {
  const kept = await readKept(file, warn);
  if (kept !== null) return kept;
  await mkdir(dirname(file), { recursive: true });
  await writeOnce(file, `${make()}\n`);
  // Of two starts at once, one makes it, and the other takes what that one made.
  return (await readKept(file, warn)) ?? '';
}

/** All of it or nothing, and never over what is there. */
async function writeOnce(file: string, text: string): Promise<void> {
  const whole = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  await writeFile(whole, text, { mode: OWNER_ALONE, flag: 'wx' });
  try {
    await link(whole, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(whole);
  }
}

async function readKept(file: string, warn: Warn): Promise<string | null> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    if (text === '') throw new SettingsError(`${file}: is empty; delete it to have a new one made`);
    await closeToOthers(file, warn);
    return text;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(`${file}: can't be read (${codeOf(error)})`);
  }
}

/** @throws SettingsError where others may read it and that can't be changed */
async function closeToOthers(file: string, warn: Warn): Promise<void> {
  // Windows has no such bits; what they seem to be means nothing.
  if (process.platform === 'win32') return;
  const mode = (await stat(file)).mode & 0o777;
  if ((mode & OTHERS) === 0) return;
  try {
    await chmod(file, OWNER_ALONE);
  } catch (error) {
    throw new SettingsError(
      `${file}: others may read it (mode ${mode.toString(8)}), and that can't be changed (${codeOf(error)}): chmod 600 it`,
    );
  }
  warn(
    `${file} could be read by others (mode ${mode.toString(8)}); now by its owner alone. If this machine has other users, replace what stands in it.`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
