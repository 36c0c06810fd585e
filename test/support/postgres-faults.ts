import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedPostgres } from '@nest-integrations/embedded';
import { Client, DatabaseError } from 'pg';
import { until } from './until.js';

/** Connections of the product, by the names that it gives them. */
const OURS = `application_name LIKE 'nest-integrations%' AND datname = current_database()`;
const HOT_TABLES = ['integration_events', 'deliveries', 'delivery_logs'];
const TOO_MANY_CONNECTIONS = '53300';

/** Ends at once, as by a power cut: what was not on disk is gone, and the next start recovers. */
export async function crash({ dataDir, stop }: EmbeddedPostgres): Promise<void> {
  const file = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  process.kill(Number(file.split('\n')[0]), 'SIGQUIT');
  await stop();
}

export async function connectionsCut(
  url: string,
  { times, everyMs }: { times: number; everyMs: number },
): Promise<void> {
  await withClient(url, async (client) => {
    for (let time = 0; time < times; time++) {
      await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OURS}`);
      await delay(everyMs);
    }
  });
}

/** As a replica that was not promoted, or a provider that ran out of patience: reads work, writes don't. */
export async function readOnly(url: string, meanwhile: () => Promise<void>): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('ALTER SYSTEM SET default_transaction_read_only = on');
    await client.query('SELECT pg_reload_conf()');
    try {
      await meanwhile();
    } finally {
      await client.query('ALTER SYSTEM RESET default_transaction_read_only');
      await client.query('SELECT pg_reload_conf()');
    }
  });
}

/**
 * Every write to a hot table fails as it does where a file can't grow: the statement ends with
 * SQLSTATE 53100 and its transaction is undone, the connection stays. A trigger says so here, because a
 * small disk would need a mount, and root. (A disk too full for the log itself ends the server: that
 * is the crash.)
 */
export async function fillDisk(url: string, meanwhile: () => Promise<void>): Promise<void> {
  const writes = HOT_TABLES.map((table) => `INSERT OR UPDATE ON integration.${table}`);
  await writesRefused(url, writes, meanwhile);
}

/** Events are accepted, but no delivery can be leased or its result written. */
export async function leasesRefused(url: string, meanwhile: () => Promise<void>): Promise<void> {
  await writesRefused(url, ['UPDATE ON integration.deliveries'], meanwhile);
}

async function writesRefused(
  url: string,
  writes: readonly string[],
  meanwhile: () => Promise<void>,
): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`
      CREATE TABLE IF NOT EXISTS public.disk (is_full boolean NOT NULL);
      CREATE OR REPLACE FUNCTION public.write_to_disk() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM public.disk WHERE is_full) THEN
          RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
        END IF;
        RETURN NULL;
      END $$`);
    for (const write of writes) {
      await client.query(`
        CREATE TRIGGER disk BEFORE ${write}
        FOR EACH STATEMENT EXECUTE FUNCTION public.write_to_disk()`);
    }
    await client.query('INSERT INTO public.disk VALUES (true)');
    try {
      await meanwhile();
    } finally {
      await client.query('UPDATE public.disk SET is_full = false');
    }
  });
}

/** As by a migration that nobody thought about. */
export async function tableLocked(
  url: string,
  table: string,
  meanwhile: () => Promise<void>,
): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('BEGIN');
    await client.query(`LOCK TABLE integration.${table} IN ACCESS EXCLUSIVE MODE`);
    try {
      await meanwhile();
    } finally {
      await client.query('COMMIT');
    }
  });
}

/** Others take every connection that the server has, and the product's own are cut. */
export async function hogConnections(url: string, meanwhile: () => Promise<void>): Promise<void> {
  const hogs: Client[] = [];
  try {
    await withClient(url, async (client) => {
      await takeAllFree(url, hogs);
      await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OURS}`);
      // What was cut is free for a moment: whoever comes first has it, and is cut again if it was us.
      await until('every connection to be taken', async () => {
        await takeAllFree(url, hogs);
        const { rowCount } = await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OURS}`,
        );
        return rowCount === 0;
      });
      await meanwhile();
    });
  } finally {
    await Promise.all(hogs.map((hog) => hog.end()));
  }
}

async function takeAllFree(url: string, hogs: Client[]): Promise<void> {
  for (;;) {
    const hog = new Client({ connectionString: url, application_name: 'hog' });
    hog.on('error', () => undefined); // It holds a place, no more; the server may end before it does.
    try {
      await hog.connect();
      hogs.push(hog);
    } catch (error) {
      if (error instanceof DatabaseError && error.code === TOO_MANY_CONNECTIONS) return;
      throw error;
    }
  }
}

async function withClient(url: string, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  // The fault may cut it too, between its queries and its end.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
