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
  /** How long a shutdown waits for deliveries under way. */
  readonly shutdownGraceMs: number;
  /** Where health and metrics are told; left out: nowhere. */
  readonly operations: { readonly port: number; readonly host: string } | undefined;
  /** Slack's Web API: GovSlack has another, and so has a fake. */
  readonly slackApiUrl: string;
  /** Whether subscriptions may run commands, and which; left out: any. */
  readonly shell: { readonly enabled: boolean; readonly commands?: readonly string[] };
  /** Default: `text` on a terminal, else `json`. */
  readonly logFormat: 'json' | 'text';
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
    ...readOperations(environment),
    allow: (environment['HTTP_ALLOW'] || '127.0.0.0/8,::1/128').split(','),
  };
}

const operationsSchema = z.object({
  SHUTDOWN_GRACE_MS: z.coerce.number().int().min(0).max(600_000).default(10_000),
  OPERATIONS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  OPERATIONS_HOST: z.string().default('127.0.0.1'),
  SHELL_ENABLED: z.enum(['true', 'false']).default('false'),
  SHELL_COMMANDS: z
    .string()
    .regex(/^\/[^,]*(,\/[^,]*)*$/, 'must be absolute paths, several by commas')
    .optional(),
  SLACK_API_URL: z.url({ protocol: /^https?$/ }).default('https://slack.com/api'),
  LOG_FORMAT: z.enum(['json', 'text']).optional(),
});

function readOperations(
  environment: NodeJS.ProcessEnv,
): Pick<WorkerSettings, 'shutdownGraceMs' | 'operations' | 'slackApiUrl' | 'shell' | 'logFormat'> {
  // An empty variable is one that is not set.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = operationsSchema.safeParse(given);
  if (!parsed.success) {
    throw new SettingsError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'),
    );
  }
  const {
    SHUTDOWN_GRACE_MS,
    OPERATIONS_PORT: port,
    OPERATIONS_HOST: host,
    SLACK_API_URL: slackApiUrl,
    SHELL_ENABLED: shellEnabled,
    SHELL_COMMANDS: commands,
    LOG_FORMAT,
  } = parsed.data;
  return {
    shutdownGraceMs: SHUTDOWN_GRACE_MS,
    operations: port === undefined ? undefined : { port, host },
    slackApiUrl,
    shell: { enabled: shellEnabled === 'true', ...(commands && { commands: commands.split(',') }) },
    logFormat: LOG_FORMAT ?? (process.stdout.isTTY ? 'text' : 'json'),
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
