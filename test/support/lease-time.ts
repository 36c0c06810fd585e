import { Client } from 'pg';
import { until } from './until.js';

/** The default of `worker.leaseMs`, which the platform uses. */
const LEASE_MS = 30_000;

/**
 * As if the time of a lease had passed since a process was killed: who it worked for need not wait for
 * it. Only once nothing that it had begun is still under way in Postgres.
 */
export async function leaseTimePasses(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await until('the connections of the killed process to end', async () => {
      const { rowCount } = await client.query(
        `SELECT FROM pg_stat_activity
         WHERE application_name LIKE 'nest-integrations%' AND datname = current_database()`,
      );
      return rowCount === 0;
    });
    for (const table of ['deliveries', 'integration_replays']) {
      await client.query(
        `UPDATE integration.${table} SET lease_until = lease_until - $1 * interval '1 millisecond'
         WHERE lease_until IS NOT NULL`,
        [LEASE_MS],
      );
    }
  } finally {
    await client.end();
  }
}
