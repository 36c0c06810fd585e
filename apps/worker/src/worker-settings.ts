import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const keyList = z.array(z.object({ id: z.string(), key: z.string() })).min(1);

export interface WorkerSettings {
  readonly databaseUrl: string;
  /** Left out: Postgres is the queue. */
  readonly redisUrl: string | undefined;
  readonly keys: { id: string; key: string }[];
  /** CIDRs that may be reached although they are not public. */
  readonly allow: string[];
}

/** The environment is wrong. */
export class SettingsError extends Error {}

/** The platform's own settings. @throws SettingsError */
export function readSettings(environment: NodeJS.ProcessEnv): WorkerSettings {
  const databaseUrl = environment['DATABASE_URL'];
  if (!databaseUrl) {
    throw new SettingsError(
      'DATABASE_URL: give the database of the platform, like postgres://user:password@localhost:5432/app',
    );
  }
  return {
    databaseUrl,
    redisUrl: environment['REDIS_URL'] || undefined,
    keys: environment['INTEGRATION_KEYS']
      ? environment['INTEGRATION_KEYS'].split(',').map((pair) => {
          const [id = '', key = ''] = pair.split(':');
          return { id, key };
        })
      : keysIn(environment['DATA_DIR'] || './data'),
    allow: (environment['HTTP_ALLOW'] || '127.0.0.0/8,::1/128').split(','),
  };
}

function keysIn(dataDir: string): WorkerSettings['keys'] {
  const file = join(dataDir, 'keys.json');
  try {
    return keyList.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new SettingsError(
      `INTEGRATION_KEYS: give the platform's keys, or its DATA_DIR (${file} can't be read as keys)`,
    );
  }
}
