import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import type { IntegrationDataSource } from './integration-data-source.js';

/** Of our own choosing: one start at a time migrates. */
const MIGRATION_LOCK = 7_101_956;
/** While a migration waits for a table, all who come after it wait too: so it does not wait for long. */
const LOCK_TIMEOUT_MS = 1_000;
/** In between, those who use the table go on. */
const RETRY_AFTER_MS = 1_000;
const GIVE_UP_AFTER_MS = 10 * 60_000;
/** SQLSTATE: lock not available; deadlock. */
const IN_THE_WAY = new Set(['55P03', '40P01']);

/**
 * Runs what is missing, one process at a time, beside workers that go on: a migration that does not
 * get its locks within a second gives way and tries again.
 * @throws where a migration fails, or does not get its locks for ten minutes
 */
export async function migrate(dataSource: IntegrationDataSource): Promise<void> {
  const logger = new Logger('IntegrationModule');
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  await alone(dataSource.place.url, async () => {
    const patient = await dataSource.withLockTimeout(LOCK_TIMEOUT_MS).initialize();
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          await patient.runMigrations();
          return;
        } catch (error) {
          if (!isInTheWay(error) || performance.now() > giveUpAt) throw error;
          const reason = error instanceof Error ? error.message : String(error);
          logger.warn({ event: 'migration.waits', attempt, reason });
          await delay(RETRY_AFTER_MS);
        }
      }
    } finally {
      await patient.destroy();
    }
  });
}

/** On a connection of its own: the lock ends with it, however that ends. */
async function alone(url: string, run: () => Promise<void>): Promise<void> {
  const client = new Client({
    connectionString: url,
    application_name: 'nest-integrations migrations',
    keepAlive: true,
  });
  // It breaks while nothing is asked of it: the migration itself then meets the same outage.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await run();
  } finally {
    await client.end();
  }
}

function isInTheWay(error: unknown): boolean {
  return error instanceof Error && 'code' in error && IN_THE_WAY.has(String(error.code));
}
