import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlatformProcess } from '../support/platform.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { Receiver } from '@nest-integrations/testing';
import { freePort } from '../support/redis.js';
import { redisUrl } from '../support/run-redis.js';

const EVENTS = 5_000;
const PUBLISHERS = 50;
const KILLS = 3;

describe.each(['postgres', 'bull'] as const)('kill -9 on the %s queue', (queue) => {
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

    const accepted = new Set<string>();
    const killAt = Array.from({ length: KILLS }, (_, i) =>
      Math.floor((EVENTS * (i + 1)) / (KILLS + 1)),
    );
    let started = 0;
    let restarting: Promise<void> = Promise.resolve();
    const restart = async () => {
      await platform?.kill('SIGKILL');
      platform = await PlatformProcess.start(settings);
    };
    const publish = async () => {
      while (started < EVENTS) {
        const title = `Incident ${started++}`;
        // What was not answered may or may not have been accepted: a client sends it again.
        let id: string | null = null;
        while (id === null) {
          await restarting;
          id = (await platform?.createIncident(title).catch(() => null)) ?? null;
        }
        accepted.add(id);
        if (accepted.size >= (killAt[0] ?? Infinity)) {
          killAt.shift();
          restarting = restart();
        }
      }
    };
    await Promise.all(Array.from({ length: PUBLISHERS }, publish));
    await restarting;
    expect(accepted.size).toBe(EVENTS);

    const missing = new Set(accepted);
    let seen = 0;
    await receiver.waitFor(() => {
      for (; seen < receiver.requests.length; seen++) {
        const { data } = JSON.parse(receiver.requests[seen]?.body.toString() ?? '') as {
          data: { id: string };
        };
        missing.delete(data.id);
      }
      return missing.size === 0;
    }, 120_000);

    const duplicates = receiver.requests.length - receiver.ids().size;
    console.log(
      `${queue}: ${accepted.size} accepted, ${missing.size} lost, ${duplicates} sent twice (under way at one of ${KILLS} kills)`,
    );
    expect(missing.size).toBe(0);
  });
});
