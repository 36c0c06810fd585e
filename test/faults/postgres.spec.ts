import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@nest-integrations/embedded';
import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest';
import { publishingWith, startFaultHost } from '../support/fault-host.js';
import { FaultRun } from '../support/fault-run.js';
import { scaled } from '../support/fault-scale.js';
import type { Host, QueueName } from '../support/host.js';
import { LogLines } from '../support/log-lines.js';
import {
  connectionsCut,
  crash,
  fillDisk,
  hogConnections,
  readOnly,
  tableLocked,
} from '../support/postgres-faults.js';
import { redisUrl } from '../support/run-redis.js';
import { until } from '../support/until.js';

const EVENTS = scaled({ full: 5_000, short: 1_000 });
const TIMES = scaled({ full: 5, short: 2 });
const CUTS = scaled({ full: 50, short: 8 });
const LASTING_MS = scaled({ full: 10_000, short: 2_000 });
/** What was sent that long before a fault may not have been on record yet when it came. */
const RECORDED_WITHIN_MS = 3_000;
const SECONDS = LASTING_MS / 1_000;

describe.each<QueueName>(['postgres', 'bull'])('Postgres, with the %s queue', (queue) => {
  let dataDir: string;
  let postgres: EmbeddedPostgres;
  let database: string;
  let receiver: Receiver;
  let host: Host;
  let log: LogLines;
  let run: FaultRun;
  let databases = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-faults-'));
    postgres = await startEmbeddedPostgres({ dataDir });
  });

  afterAll(async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    database = await freshDatabaseOn(postgres, `faults_${databases++}`);
    receiver = await Receiver.start();
    log = new LogLines();
    host = await startFaultHost({
      databaseUrl: database,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: `faults-${process.pid}-${queue}-${databases}`,
    });
    host.app.useLogger(log);
    await host.subscribe(receiver.url, { retryPolicy: { delaysSeconds: [1, 1, 1, 1, 1] } });
    run = new FaultRun({ databaseUrl: database, receiver, log, publish: publishingWith(host) });
  });

  afterEach(async () => {
    await host.stop();
    await receiver.stop();
  });

  /** Events flow through `fault`, which may keep results from being written. */
  const survives = async (fault: string, act: () => Promise<void>) => {
    await run.publishing({ events: EVENTS, perSecond: 500 }, () =>
      run.excused('with a result that could not be written', RECORDED_WITHIN_MS, act),
    );
    await run.conclude({ fault: `${fault}, ${queue} queue` });
  };

  const restart = async () => {
    postgres = await startEmbeddedPostgres({ dataDir, port: postgres.port });
  };

  const someMore = (count: number) => {
    const before = receiver.requests.length;
    return until(`${count} more requests`, () => receiver.requests.length >= before + count, {
      detail: () => log.tail(),
    });
  };

  it(`is restarted ${TIMES} times`, async () => {
    await survives(`Postgres restarted ${TIMES} times`, async () => {
      for (let time = 0; time < TIMES; time++) {
        await postgres.stop();
        await restart();
        await someMore(100);
      }
    });
  });

  it(`crashes ${TIMES} times`, async () => {
    await survives(`Postgres crashed (SIGQUIT) ${TIMES} times`, async () => {
      for (let time = 0; time < TIMES; time++) {
        await crash(postgres);
        await restart();
        await someMore(100);
      }
    });
  });

  it(`cuts every connection ${CUTS} times`, async () => {
    await survives(`every connection to Postgres cut ${CUTS} times`, () =>
      connectionsCut(database, { times: CUTS, everyMs: 200 }),
    );
  });

  it(`is read-only for ${SECONDS} s`, async () => {
    await survives(`Postgres read-only for ${SECONDS} s`, () =>
      readOnly(database, () => delay(LASTING_MS)),
    );
  });

  it(`has a full disk for ${SECONDS} s`, async () => {
    await survives(`disk of Postgres full for ${SECONDS} s`, () =>
      fillDisk(database, () => delay(LASTING_MS)),
    );
  });

  it(`has its deliveries locked for ${SECONDS} s`, async () => {
    await survives(`the table of deliveries locked for ${SECONDS} s`, () =>
      tableLocked(database, 'deliveries', () => delay(LASTING_MS)),
    );
  });

  it(`takes no new connection for ${SECONDS} s, those it had cut`, async () => {
    await survives(`Postgres out of connections for ${SECONDS} s`, () =>
      hogConnections(database, () => delay(LASTING_MS)),
    );
  });
});

async function freshDatabaseOn({ url }: EmbeddedPostgres, name: string): Promise<string> {
  const client = new Client({ connectionString: url });
  // The fault may cut it too, between its queries and its end.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const made = new URL(url);
  made.pathname = `/${name}`;
  return made.href;
}
