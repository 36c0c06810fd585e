import { z } from 'zod';

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port, from 1 to 65535')
  .transform(Number)
  .refine((number) => number >= 1 && number <= 65_535, 'must be a port, from 1 to 65535');
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const paths = z
  .string()
  .regex(/^\/[^,]*(,\/[^,]*)*$/, 'must be absolute paths, several by commas')
  .transform((list) => list.split(','));

const NEEDED_IN_PRODUCTION = [
  ['INTEGRATION_KEYS', 'like 2026-11:<base64>, the key from openssl rand -base64 32'],
  ['ADMIN_TOKEN', 'make one with openssl rand -base64 24'],
] as const;

const settingsSchema = z
  .object({
    PORT: port.default(3000),
    DATABASE_URL: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
      .optional(),
    REDIS_URL: z
      .string()
      .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
      .optional(),
    DATA_DIR: z.string().min(1).default('./data'),
    INTEGRATION_KEYS: z
      .string()
      .regex(/^[^:,]+:[^:,]+(,[^:,]+:[^:,]+)*$/, 'must be like 2026-11:<base64>, several by commas')
      .optional(),
    ADMIN_TOKEN: z
      .string()
      .min(16, 'must be at least 16 characters')
      .refine((token) => new Set(token).size >= 8, 'is too regular: openssl rand -base64 24')
      .optional(),
    NODE_ENV: z.string().optional(),
    WORKER_ENABLED: flag.default(true),
    SHUTDOWN_GRACE_MS: z.coerce.number().int().min(0).max(600_000).default(10_000),
    OPERATIONS_PORT: port.optional(),
    OPERATIONS_HOST: z.string().default('127.0.0.1'),
    SLACK_API_URL: z.url({ protocol: /^https?$/ }).default('https://slack.com/api'),
    SHELL_ENABLED: flag.default(false),
    SHELL_COMMANDS: paths.optional(),
    LOG_FORMAT: z.enum(['json', 'text']).optional(),
    LOG_LEVEL: z.enum(['error', 'warn', 'log', 'debug']).default('warn'),
  })
  .check(({ value, issues }) => {
    if (value.NODE_ENV !== 'production') return;
    // What a start makes for itself is lost with its container, and every stored secret with it.
    for (const [name, cure] of NEEDED_IN_PRODUCTION) {
      if (value[name] !== undefined) continue;
      const message = `must be given where NODE_ENV is production: ${cure}`;
      issues.push({ code: 'custom', input: value, path: [name], message });
    }
  });

/** What the environment says, checked. */
export interface PlatformSettings {
  readonly port: number;
  /** Left out: an embedded Postgres in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Left out: Postgres is the queue. */
  readonly redisUrl: string | undefined;
  readonly dataDir: string;
  /** Left out: a key file in `dataDir`. */
  readonly keys: readonly EncryptionKey[] | undefined;
  /** Left out: one is made and kept in `dataDir`. */
  readonly adminToken: string | undefined;
  /** Cookies go over HTTPS alone; nothing is made up at the start. */
  readonly isProduction: boolean;
  readonly workerEnabled: boolean;
  /** How long a shutdown waits for deliveries under way. */
  readonly shutdownGraceMs: number;
  /** Where health and metrics are told apart from the rest; left out: only on `port`. */
  readonly operations: { readonly port: number; readonly host: string } | undefined;
  /** Slack's Web API: GovSlack has another, and so has a fake. */
  readonly slackApiUrl: string;
  /** Whether subscriptions may run commands, and which; left out: any. */
  readonly shell: { readonly enabled: boolean; readonly commands?: readonly string[] };
  /** Default: `text` on a terminal, else `json`. */
  readonly logFormat: 'json' | 'text';
  readonly logLevel: 'error' | 'warn' | 'log' | 'debug';
}

export interface EncryptionKey {
  readonly id: string;
  readonly key: string;
}

/** The environment is wrong: one line for each variable. */
export class SettingsError extends Error {}

/** @throws SettingsError */
export function readSettings(environment: NodeJS.ProcessEnv): PlatformSettings {
  // An empty variable is one that is not set.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    throw new SettingsError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'),
    );
  }
  const { data } = parsed;
  return {
    port: data.PORT,
    databaseUrl: data.DATABASE_URL,
    redisUrl: data.REDIS_URL,
    dataDir: data.DATA_DIR,
    keys: data.INTEGRATION_KEYS?.split(',').map((pair) => {
      const [id = '', key = ''] = pair.split(':');
      return { id, key };
    }),
    adminToken: data.ADMIN_TOKEN,
    isProduction: data.NODE_ENV === 'production',
    workerEnabled: data.WORKER_ENABLED,
    shutdownGraceMs: data.SHUTDOWN_GRACE_MS,
    operations:
      data.OPERATIONS_PORT === undefined
        ? undefined
        : { port: data.OPERATIONS_PORT, host: data.OPERATIONS_HOST },
    slackApiUrl: data.SLACK_API_URL,
    shell: {
      enabled: data.SHELL_ENABLED,
      ...(data.SHELL_COMMANDS && { commands: data.SHELL_COMMANDS }),
    },
    logFormat: data.LOG_FORMAT ?? (process.stdout.isTTY ? 'text' : 'json'),
    logLevel: data.LOG_LEVEL,
  };
}
