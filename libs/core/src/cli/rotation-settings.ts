import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { KeyRing, keyRingProblems, type EncryptionKey } from '../secrets/key-ring.js';

const keyList = z.array(z.object({ id: z.string(), key: z.string() }));

export interface RotationSettings {
  readonly url: string;
  readonly schema: string | undefined;
  readonly ring: KeyRing;
}

/** The environment is wrong; the message says how to put it right. */
export class RotationSettingsError extends Error {}

/** @throws RotationSettingsError */
export function readRotationSettings(environment: NodeJS.ProcessEnv): RotationSettings {
  const url = environment['DATABASE_URL'];
  if (!url) {
    throw new RotationSettingsError(
      'DATABASE_URL: give the database, like postgres://user:password@localhost:5432/app',
    );
  }
  const keys = keysOf(environment);
  const problems = keyRingProblems(keys);
  if (problems.length > 0) throw new RotationSettingsError(problems.join('\n'));
  return { url, schema: environment['DATABASE_SCHEMA'] || undefined, ring: new KeyRing(keys) };
}

function keysOf(environment: NodeJS.ProcessEnv): EncryptionKey[] {
  const [given, file] = [environment['INTEGRATION_KEYS'], environment['INTEGRATION_KEYS_FILE']];
  if (given) {
    return given.split(',').map((pair) => {
      const end = pair.indexOf(':');
      return { id: pair.slice(0, Math.max(end, 0)), key: pair.slice(end + 1) };
    });
  }
  if (!file) {
    throw new RotationSettingsError(
      'INTEGRATION_KEYS: give the new key and after it the old ones, like 2026-12:<base64>,2026-11:<base64>; or INTEGRATION_KEYS_FILE, a JSON list of { id, key }',
    );
  }
  try {
    return keyList.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    // The reader's own message may quote what stands in the file.
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new RotationSettingsError(
      `INTEGRATION_KEYS_FILE: ${file} can't be read as a JSON list of { id, key }${reason}`,
    );
  }
}
