import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultRun } from '../support/fault-run.js';
import { FULL_FAULTS, scaled } from '../support/fault-scale.js';
import type { QueueName } from '../support/host.js';
import { leaseTimePasses } from '../support/lease-time.js';
import { LogLines } from '../support/log-lines.js';
import { idOf, PlatformProcess } from '../support/platform.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { freePort } from '../support/redis.js';
import { redisUrl } from '../support/run-redis.js';
import { until } from '../support/until.js';

const EVENTS = scaled({ full: 5_000, short: 1_000 });
const KILLS = scaled({ full: 5, short: 2 });
const RECORDED_WITHIN_MS = 10_000;
/** What the platform sends to at once. */
const CONCURRENCY = 512;

/** Its leases are the default's 30 s, so the short form has one queue of it. */
const QUEUES: QueueName[] = FULL_FAULTS ? ['postgres', 'bull'] : ['postgres'];

describe.each(QUEUES)('kill -9 of the platform on the %s queue', (queue) => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let dataDir: string;
  let platform: PlatformProcess | null = null;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-kill-'));
  });

  afterAll(async () => {
    await platform?.kill('SIGKILL');
    await receiver.stop();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it(`loses none of ${EVENTS} events, killed ${KILLS} times in their midst`, async () => {
    const settings = {
      port: await freePort(),
      databaseUrl: database.url,
      dataDir,
      ...(queue === 'bull' ? { redisUrl: redisUrl() } : {}),
    };
    platform = await PlatformProcess.start(settings);
    const subscription = await platform.admin('POST', '/subscriptions', {
      name: 'Fault test',
      eventTypes: ['incident.created'],
      provider: 'webhook',
      config: { url: receiver.url },
    });
    expect(subscription.status).toBe(201);

    const run = new FaultRun({
      databaseUrl: database.url,
      subscriptionId: idOf(subscription.body),
      receiver,
      log: new LogLines(),
      publish: async (n) => {
        const id = await platform?.createIncident(`Incident ${n}`);
        if (!id) throw new Error('not accepted');
        return id;
      },
    });
    let kill = 0;
    // A part before the first kill, and one that each kill falls into, however long a start takes.
    const upTo = () => (EVENTS * (kill + 1)) / (KILLS + 1);
    await run.publishing({ events: EVENTS, publishers: 50, upTo }, async () => {
      for (kill = 1; kill <= KILLS; kill++) {
        const before = receiver.requests.length;
        await until('deliveries', () => receiver.requests.length >= before + 50);
        await run.excused(
          'under way when the platform was killed',
          RECORDED_WITHIN_MS,
          async () => {
            await platform?.kill('SIGKILL');
          },
        );
        // The full form waits for the leases of the killed process.
        if (!FULL_FAULTS) await leaseTimePasses(database.url);
        platform = await PlatformProcess.start(settings);
      }
    });
    run.identify(await eventsOfIncidents(database.url));
    await run.conclude({
      fault: `the platform killed (-9) ${KILLS} times, ${queue} queue`,
      mostDuplicates: KILLS * CONCURRENCY,
    });
  });
});

async function eventsOfIncidents(url: string): Promise<Map<string, string>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string; incident: string }>(
      `SELECT id, payload->>'id' AS incident FROM integration.integration_events`,
    );
    return new Map(rows.map(({ id, incident }) => [incident, id]));
  } finally {
    await client.end();
  }
}
