import { z } from 'zod';
import { historyOptions } from './history/history-options.js';
import { assertSchemaName, DEFAULT_SCHEMA } from './persistence/schema-name.js';
import { keyRingProblems } from './secrets/key-ring.js';
import { IntegrationSetupError } from './integration.error.js';

const milliseconds = (least: number, most: number) => z.number().int().min(least).max(most);

const databaseOptions = z.strictObject({
  /** `postgres://user:password@host:5432/name`. Postgres 14 or newer. */
  url: z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres://'),
  /** Schema that holds all tables. Default `integration`. */
  schema: z.string().default(DEFAULT_SCHEMA),
  /** Connections of the hot path. Default 8; the admin side has 4 of its own. */
  poolSize: z.number().int().min(2).max(200).default(8),
  /** How long the start waits for Postgres, in milliseconds. Default 30 000. */
  connectTimeoutMs: milliseconds(0, 600_000).default(30_000),
  /** `run` brings the schema up to date at start; `check` (default) refuses to start when it is not. */
  migrations: z.enum(['run', 'check']).default('check'),
});

const queueOptions = z.discriminatedUnion('driver', [
  z.strictObject({
    driver: z.literal('postgres'),
    /** How often to look for due deliveries that no notification announced. Default 1 000 ms. */
    pollIntervalMs: milliseconds(10, 60_000).default(1_000),
  }),
  z.strictObject({
    driver: z.literal('bull'),
    redis: z.strictObject({
      url: z.string().regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://'),
    }),
    /** Prefix of every key in Redis. Default `nest-integrations`. */
    prefix: z.string().min(1).default('nest-integrations'),
    /** Delivery ids that one job carries at most. Default 32. */
    idsPerJob: z.number().int().min(1).max(500).default(32),
  }),
]);

const workerOptions = z.strictObject({
  /** False: this process accepts events and leaves their delivery to others. Default true. */
  enabled: z.boolean().default(true),
  /** Deliveries under way at once in this process. Default 512. */
  concurrency: z.number().int().min(1).max(10_000).default(512),
  /** How long a lease lasts without being renewed: the longest wait after a crash. Default 30 000. */
  leaseMs: milliseconds(1_000, 600_000).default(30_000),
  /** How long a shutdown waits for attempts under way. Default 10 000. */
  shutdownGraceMs: milliseconds(0, 600_000).default(10_000),
  /** How often the sweep looks for what the queue lost. Default 5 000. */
  sweepIntervalMs: milliseconds(50, 600_000).default(5_000),
  /** When a receiver that keeps failing is left alone for a while; its deliveries wait meanwhile. */
  circuit: z
    .strictObject({
      /** Failures in a row, seen by one process, that open it. Default 10. */
      failures: z.number().int().min(1).max(100_000).default(10),
      /** How long it stays open at first; doubles up to ten minutes while it fails. Default 10 000. */
      openMs: milliseconds(50, 600_000).default(10_000),
    })
    .prefault({}),
});

const DAY_MS = 24 * 60 * 60 * 1_000;

const subscriptionOptions = z.strictObject({
  /** A subscription that only fails for this long is announced as failing. Default one hour. */
  failingAfterMs: milliseconds(1_000, 90 * DAY_MS).default(60 * 60 * 1_000),
  /** A subscription that only fails for this long is disabled. Default five days. */
  disableAfterMs: milliseconds(1_000, 90 * DAY_MS).default(5 * DAY_MS),
  /**
   * Configs of an older version are stored anew this long after the start, when no process of the
   * release before is left. Default ten minutes.
   */
  rewriteConfigsAfterMs: milliseconds(0, DAY_MS).default(10 * 60 * 1_000),
});

const httpOptions = z.strictObject({
  /** CIDRs and hosts that may be reached although not public: `['10.1.0.0/16', '*.svc.local']`. */
  allow: z.array(z.string()).default([]),
  /** CIDRs and hosts that must not be reached, whatever `allow` says. */
  deny: z.array(z.string()).default([]),
  /** The only CIDRs and hosts that may be reached, of those that may be at all; left out: any. */
  only: z.array(z.string()).optional(),
  /** Authorities trusted beside those of the system, in PEM. */
  authorities: z.array(z.string()).default([]),
  /**
   * What all requests go through: `http://user:password@proxy:3128`, `https://…`, `socks5://…`. Names
   * are resolved and addresses judged here, not there. The proxy's own address is not judged.
   */
  proxy: z.string().optional(),
  /** The only ports that may be reached; left out: any. */
  ports: z.array(z.number().int().min(1).max(65_535)).optional(),
  /** Connections kept for one origin. Default 64. */
  connectionsPerOrigin: z.number().int().min(1).max(10_000).default(64),
});

const NO_KEYS = 'give keys: [{ id, key }], the key from openssl rand -base64 32';
const NO_KEY_OBJECT = 'must be { id, key }';
const NO_KEY_ID = 'must be a text, like 2026-11';
const NO_KEY = 'is not set; make one with: openssl rand -base64 32';
const telemetryOptions = z.strictObject({
  /**
   * Whether requests to receivers carry the `traceparent` of the work that published the event.
   * Default true: it is random, holds nothing about you, and lets a receiver who traces join in.
   * `tracestate` and baggage, which may hold more, are never sent.
   */
  propagateTrace: z.boolean().default(true),
});

const optionsSchema = z.strictObject({
  database: databaseOptions,
  queue: queueOptions.default({ driver: 'postgres', pollIntervalMs: 1_000 }),
  secrets: z.strictObject(
    {
      /** The first encrypts, all decrypt. `key`: 32 bytes in base64 (`openssl rand -base64 32`). */
      keys: z.array(
        z.strictObject({ id: z.string(NO_KEY_ID), key: z.string(NO_KEY) }, NO_KEY_OBJECT),
        NO_KEYS,
      ),
    },
    NO_KEYS,
  ),
  worker: workerOptions.prefault({}),
  subscriptions: subscriptionOptions.prefault({}),
  http: httpOptions.prefault({}),
  telemetry: telemetryOptions.prefault({}),
  history: historyOptions,
  /** Largest serialised payload, in bytes. Default 262 144. */
  maxPayloadBytes: z.number().int().min(1).max(16_777_216).default(262_144),
});

export type IntegrationOptions = z.input<typeof optionsSchema>;
export type ResolvedIntegrationOptions = z.output<typeof optionsSchema>;
export type QueueDriver = ResolvedIntegrationOptions['queue']['driver'];

/** Token of the checked options with their defaults; nothing injects what the host passed. */
export const RESOLVED_OPTIONS = 'nest-integrations:options';

/**
 * Checks the host's options once, at start.
 * @throws IntegrationSetupError with one readable line per mistake
 */
export function resolveOptions(options: unknown): ResolvedIntegrationOptions {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) {
    throw new IntegrationSetupError(
      parsed.error.issues.map((issue) => `options.${issue.path.join('.')}: ${issue.message}`),
    );
  }
  const problems = keyRingProblems(parsed.data.secrets.keys).map((p) => `options.secrets.${p}`);
  try {
    assertSchemaName(parsed.data.database.schema);
  } catch (error) {
    problems.push(`options.${error instanceof Error ? error.message : String(error)}`);
  }
  if (problems.length > 0) throw new IntegrationSetupError(problems);
  return parsed.data;
}
