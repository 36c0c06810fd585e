import { Client } from 'pg';
import { givingWay, LOCK_TIMEOUT_MS } from './giving-way.js';
import type { IntegrationDataSource } from './integration-data-source.js';

/** Of our own choosing: one start at a time migrates. */
const MIGRATION_LOCK = 7_101_956;

/**
 * Runs what is missing, one process at a time, beside workers that go on.
 * @throws where a migration fails, or does not get its locks for ten minutes
 */
export async function migrate(dataSource: IntegrationDataSource): Promise<void> {
  await alone(dataSource.place.url, async () => {
    const hasty = await dataSource.withLockTimeout(LOCK_TIMEOUT_MS).initialize();
    try {
      await givingWay(() => hasty.runMigrations());
    } finally {
      await hasty.destroy();
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
