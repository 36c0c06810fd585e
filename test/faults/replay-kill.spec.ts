import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../support/eventually.js';
import { reportFault } from '../support/fault-report.js';
import { FULL_FAULTS } from '../support/fault-scale.js';
import { leaseTimePasses } from '../support/lease-time.js';
import { idOf, PlatformProcess } from '../support/platform.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { freePort } from '../support/redis.js';
import { redisUrl } from '../support/run-redis.js';

const FAILED = 400;
const PER_SECOND = 100;
const KILL_AT = [80, 200];
const CALLERS = 16;

const replayBody = z.looseObject({
  state: z.string(),
  done: z.number(),
  total: z.number().nullable(),
});

describe.each(['postgres', 'bull'] as const)('a replay killed on the %s queue', (queue) => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let dataDir: string;
  let platform: PlatformProcess | null = null;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-replay-'));
  });

  afterAll(async () => {
    await platform?.kill('SIGKILL');
    await receiver.stop();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const count = async (condition: string) => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM integration.deliveries
         WHERE event_type = 'incident.created' AND ${condition}`,
      );
      return rows[0]?.count ?? 0;
    } finally {
      await client.end();
    }
  };

  it(`goes on after kill -9, ${KILL_AT.length} times: each delivery restarted once, none left out`, async () => {
    const settings = {
      port: await freePort(),
      databaseUrl: database.url,
      dataDir,
      ...(queue === 'bull' ? { redisUrl: redisUrl() } : {}),
    };
    const first = await PlatformProcess.start(settings);
    platform = first;
    // Refused, not down: a receiver that is down keeps its deliveries waiting at an open circuit.
    receiver.answer(() => ({ status: 400 }));
    const subscription = await first.admin('POST', '/subscriptions', {
      name: 'Replay test',
      eventTypes: ['incident.created'],
      provider: 'webhook',
      config: { url: receiver.url },
      retryPolicy: 'none',
    });
    const subscriptionId = idOf(subscription.body);
    const ofOurs = (state: string) =>
      `subscription_id = '${subscriptionId}' AND state = '${state}'`;
    for (let i = 0; i < FAILED; i += CALLERS) {
      const some = Array.from({ length: CALLERS }, (_, n) => `Incident ${i + n}`);
      await Promise.all(some.map((title) => first.createIncident(title)));
    }
    await eventually(
      async () => ((await count(ofOurs('failed'))) === FAILED ? true : undefined),
      60_000,
    );

    receiver.answer(() => ({ status: 200 }));
    receiver.requests.length = 0;
    const started = await first.admin('POST', '/replays', {
      subscriptionId,
      status: 'failed',
      perSecond: PER_SECOND,
    });
    expect(started.status).toBe(202);
    const replayId = idOf(started.body);

    let killedAt = 0;
    for (const requests of KILL_AT) {
      await receiver.waitFor(() => receiver.ids().size >= requests, 60_000);
      await platform.kill('SIGKILL');
      killedAt = performance.now();
      // The full form waits for the leases of the killed process.
      if (!FULL_FAULTS) await leaseTimePasses(database.url);
      platform = await PlatformProcess.start(settings);
    }
    const running = platform;
    const ended = await eventually(async () => {
      const { body } = await running.admin('GET', `/replays/${replayId}`);
      const replay = replayBody.parse(body);
      return replay.state === 'completed' ? replay : undefined;
    }, 120_000);
    expect(ended).toMatchObject({ total: FAILED, done: FAILED });
    await eventually(
      async () => ((await count(ofOurs('delivered'))) === FAILED ? true : undefined),
      60_000,
    );
    expect(receiver.ids().size).toBe(FAILED);
    const recoveryMs = Math.round(performance.now() - killedAt);
    reportFault({
      promise: 'nothing lost',
      fault: `kill -9 of a replay job, ${KILL_AT.length} times, ${queue} queue`,
      events: FAILED,
      lost: FAILED - receiver.ids().size,
      duplicates: receiver.requests.length - receiver.ids().size,
      explanation: 'attempts under way at a kill are made again; the job restarts each once',
      recoveryMs,
    });
  });
});
