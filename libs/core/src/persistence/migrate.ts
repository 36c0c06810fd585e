import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { givingWay, LOCK_TIMEOUT_MS } from './giving-way.js';
import type { IntegrationDataSource } from './integration-data-source.js';

/** Of our own choosing: one start at a time migrates. */
const MIGRATION_LOCK = 7_101_956;
const ASK_AGAIN_MS = 100;

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
    while (!(await isOurs(client))) await delay(ASK_AGAIN_MS);
    await run();
  } finally {
    await client.end();
  }
}

/**
 * Asked again and again: a statement that waits for the lock has a snapshot all the while, and an index
 * that the other process makes beside its writers would wait for that one to end.
 */
async function isOurs(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ ours: boolean }>(
    'SELECT pg_try_advisory_lock($1) AS ours',
    [MIGRATION_LOCK],
  );
  return rows[0]?.ours ?? false;
}
