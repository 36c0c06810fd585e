import { Receiver } from '@nest-integrations/testing';
import { Client, Pool } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IntegrationDataSource } from '../../libs/core/src/persistence/integration-data-source.js';
import { migrate } from '../../libs/core/src/persistence/migrate.js';
import { connectDataSource } from '../../libs/core/src/persistence/connect-database.js';
import { createIndexOnline } from '../../libs/core/src/persistence/online-index.js';
import { ensurePartitions } from '../../libs/core/src/persistence/partition.keeper.js';
import { FaultRun } from '../support/fault-run.js';
import { scaled } from '../support/fault-scale.js';
import type { QueueName } from '../support/host.js';
import { HostProcess } from '../support/host-process.js';
import { hostSettings } from '../support/host-settings.js';
import { LogLines } from '../support/log-lines.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { until } from '../support/until.js';

const EVENTS = scaled({ full: 10_000, short: 2_000 });
const STARTS = 4;

/** What a next release might add to a hot table. */
class AddNote9000000000000 implements MigrationInterface {
  readonly name = 'AddNote9000000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE integration.deliveries ADD COLUMN note text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE integration.deliveries DROP COLUMN note');
  }
}

class IndexNotes9000000000001 implements MigrationInterface {
  readonly name = 'IndexNotes9000000000001';
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexOnline(runner, {
      schema: 'integration',
      table: 'deliveries',
      name: 'deliveries_note_idx',
      definition: '(note) WHERE note IS NOT NULL',
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX integration.deliveries_note_idx');
  }
}

describe.each<QueueName>(['postgres', 'bull'])('A rolling deploy on the %s queue', (queue) => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let log: LogLines;
  let hosts: HostProcess[];

  beforeEach(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    log = new LogLines();
    hosts = [];
  });

  afterEach(async () => {
    for (const host of hosts) await host.kill();
    await receiver.stop();
    await database.drop();
  });

  it(`starts ${STARTS} processes at once on an empty database: one migrates, all run`, async () => {
    const settings = hostSettings(database, queue);
    const starts = await Promise.allSettled(
      Array.from({ length: STARTS }, () => HostProcess.start(settings, log)),
    );
    for (const start of starts) if (start.status === 'fulfilled') hosts.push(start.value);
    expect(hosts, log.tail()).toHaveLength(STARTS);
    const names = await query<{ name: string }>(
      database.url,
      'SELECT name FROM integration.integration_migrations',
    );
    expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
  });

  it('migrates a hot table beside workers of the release before, which go on all the while', async () => {
    const settings = hostSettings(database, queue);
    const old = await HostProcess.start(settings, log);
    hosts.push(old);
    await old.ask({ do: 'subscribe', url: receiver.url, delaysSeconds: [1, 1, 1] });
    const run = new FaultRun({
      databaseUrl: database.url,
      receiver,
      log,
      publish: (n, idempotencyKey) => old.ask({ do: 'publish', n, idempotencyKey }),
    });
    await run.publishing({ events: EVENTS, perSecond: 500 }, async () => {
      const next = new IntegrationDataSource({ url: database.url });
      next.setOptions({
        migrations: [
          ...Object.values(next.options.migrations ?? []),
          AddNote9000000000000,
          IndexNotes9000000000001,
        ],
      });
      const report = await longReport(database.url);
      const migrated = migrate(next);
      // Each time it waits for the report, and gives way; whoever came meanwhile goes on.
      for (let times = 1; times <= 2; times++) {
        await until('the migration to wait', () => waitsForLock(database.url));
        await until('the migration to give way', async () => !(await waitsForLock(database.url)));
        const before = receiver.requests.length;
        await until('deliveries', () => receiver.requests.length >= before + 100, {
          detail: () => log.tail(),
        });
      }
      await report.end();
      await migrated;
      hosts.push(await HostProcess.start(settings, log));
      const before = receiver.requests.length;
      await until('deliveries', () => receiver.requests.length >= before + 200);
    });
    await run.conclude({
      fault: `a hot table migrated behind a long report, ${queue} queue`,
      promise: 'a deploy delays nothing',
      mostDuplicates: 0,
    });
    expect(run.refused).toBe(0);
    const [index] = await query<{ valid: boolean }>(
      database.url,
      `SELECT indisvalid AS valid FROM pg_index
       WHERE indexrelid = 'integration.deliveries_note_idx'::regclass`,
    );
    expect(index?.valid).toBe(true);
  });
});

describe('Next week’s partitions', () => {
  it('are left for later where a long report is in the way: nobody waits behind them', async () => {
    const database = await freshDatabase();
    const pool = new Pool({ connectionString: database.url });
    const dataSource = await connectDataSource({
      url: database.url,
      schema: 'integration',
      poolSize: 2,
      connectTimeoutMs: 10_000,
      migrations: 'run',
    });
    const inAMonth = new Date(Date.now() + 30 * 24 * 60 * 60 * 1_000);
    const report = await longReport(database.url);
    const partitions = async () => {
      const { rows } = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_inherits WHERE inhparent = 'integration.deliveries'::regclass`,
      );
      return rows[0]?.n ?? 0;
    };
    const before = await partitions();
    await ensurePartitions(pool, 'integration', inAMonth);
    expect(await partitions()).toBe(before);
    await report.end();
    await ensurePartitions(pool, 'integration', inAMonth);
    expect(await partitions()).toBeGreaterThan(before);
    await dataSource.destroy();
    await pool.end();
    await database.drop();
  });
});

/** A transaction that has read the table and is not over: no migration of the table can begin. */
async function longReport(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT count(*) FROM integration.deliveries');
  return client;
}

async function waitsForLock(url: string): Promise<boolean> {
  const waiting = await query(
    url,
    `SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return waiting.length > 0;
}

async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
