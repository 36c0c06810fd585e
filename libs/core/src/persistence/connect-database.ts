import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Pool } from 'pg';
import { IntegrationSetupError } from '../integration.error.js';
import type { ResolvedIntegrationOptions } from '../integration-options.js';
import { IntegrationDataSource } from './integration-data-source.js';
import { givingWay } from './giving-way.js';
import { migrate } from './migrate.js';
import { ensurePartitions } from './partition.keeper.js';

const RETRY_EVERY_MS = 500;

type DatabaseOptions = ResolvedIntegrationOptions['database'];

/**
 * Opens the admin data source, waiting for Postgres for as long as the options say, and brings or
 * checks the schema.
 * @throws IntegrationSetupError where Postgres can't be reached in time, or a migration is missing
 */
export async function connectDataSource(options: DatabaseOptions): Promise<IntegrationDataSource> {
  const dataSource = await reach(options);
  try {
    if (options.migrations === 'run') {
      await migrate(dataSource);
    } else if (await dataSource.showMigrations()) {
      throw new IntegrationSetupError([
        `the schema '${options.schema}' is not up to date: run the migrations (npm run migration:run), or set options.database.migrations to 'run'`,
      ]);
    }
    await givingWay(() => ensurePartitions(dataSource, options.schema, new Date()));
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

async function reach(options: DatabaseOptions): Promise<IntegrationDataSource> {
  const logger = new Logger('IntegrationModule');
  const giveUpAt = performance.now() + options.connectTimeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await new IntegrationDataSource(options).initialize();
    } catch (error) {
      const reason = reasonOf(error);
      if (!isUnreachable(error) || performance.now() + RETRY_EVERY_MS > giveUpAt) {
        throw new IntegrationSetupError([
          `Postgres at ${placeOf(options.url)} can't be used: ${reason}`,
        ]);
      }
      if (attempt === 1) {
        logger.warn({ event: 'database.waiting', database: placeOf(options.url), reason });
      }
      await delay(RETRY_EVERY_MS);
    }
  }
}

/**
 * Every statement of the hot path finds its rows by an index, in the index's order. Planned once for
 * the connection, with no regard to statistics that lag behind a table that fills and drains.
 */
const HOT_PATH_PLANS = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_mergejoin=off',
  'enable_sort=off',
  'jit=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** The hot path's own pool: an admin's slow query takes no connection from it. */
export function connectPool(options: DatabaseOptions): Pool {
  const pool = new Pool({
    connectionString: options.url,
    max: options.poolSize,
    application_name: 'nest-integrations',
    options: HOT_PATH_PLANS,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  const logger = new Logger('IntegrationModule');
  // A connection that breaks while idle: the pool opens another when one is needed.
  pool.on('error', ({ message: reason }) =>
    logger.warn({ event: 'database.connection_broken', reason }),
  );
  return pool;
}

/** Host and database of a URL, without its credentials. */
export function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return '(a URL that cannot be read)';
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Node reports a host with several addresses as an AggregateError whose own message is empty. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message || codeOf(error) || 'unknown reason';
}

const NOT_THERE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  // SQLSTATE: starting up, shutting down, too many connections.
  '57P03',
  '57P01',
  '53300',
]);

function isUnreachable(error: unknown): boolean {
  return NOT_THERE.has(codeOf(error)) || /terminated unexpectedly|timeout/i.test(reasonOf(error));
}
