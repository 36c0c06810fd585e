import { setTimeout as delay } from 'node:timers/promises';
import { Receiver } from '@nest-integrations/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishingWith, startFaultHost } from '../support/fault-host.js';
import { FaultRun } from '../support/fault-run.js';
import { scaled } from '../support/fault-scale.js';
import type { Host, QueueName } from '../support/host.js';
import { LogLines } from '../support/log-lines.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';
import { ToxicProxy, type Toxic } from '../support/toxic-proxy.js';

const LOAD = { events: scaled({ full: 2_000, short: 400 }), perSecond: 200 };
const LASTS_MS = scaled({ full: 10_000, short: 2_000 });
const SECONDS = LASTS_MS / 1_000;

let database: FreshDatabase;
let receiver: Receiver;
let host: Host;
let log: LogLines;
let proxy: ToxicProxy;
let run: FaultRun;

beforeEach(async () => {
  database = await freshDatabase();
  receiver = await Receiver.start();
  log = new LogLines();
});

afterEach(async () => {
  proxy.heal();
  await host.stop();
  await proxy.stop();
  await receiver.stop();
  await database.drop();
});

/** Retries soon, and gives an attempt little time, so that a fault is over before the retries are. */
const QUICK = { timeoutMs: 1_000, retryPolicy: { delaysSeconds: Array(30).fill(1) as number[] } };
/** For a receiver that is well: on a busy machine an attempt is late, and no duplicate of the fault. */
const PATIENT = { ...QUICK, timeoutMs: 20_000 };

async function start(
  queue: QueueName,
  by: { readonly databaseUrl?: string; readonly redisUrl?: string; readonly hookUrl?: string },
): Promise<void> {
  host = await startFaultHost({
    databaseUrl: by.databaseUrl ?? database.url,
    queue,
    redisUrl: by.redisUrl ?? redisUrl(),
    redisPrefix: `network-${database.name}`,
  });
  host.app.useLogger(log);
  if (by.hookUrl) await host.subscribe(by.hookUrl, QUICK);
  else await host.subscribe(receiver.url, PATIENT);
  run = new FaultRun({
    databaseUrl: database.url,
    receiver,
    log,
    publish: publishingWith(host),
  });
}

describe('the network to a receiver', () => {
  it.each<Toxic>([
    'refused',
    'reset before the answer',
    'reset in the answer',
    'reset after the answer',
    'black hole',
    'one way',
    'drip',
    'latency',
  ])(`fails (%s) for ${SECONDS} s: all arrive, and each attempt is on record`, async (toxic) => {
    proxy = await ToxicProxy.before(receiver.url);
    await start('postgres', { hookUrl: proxy.through(receiver.url) });
    await run.publishing(LOAD, async () => {
      proxy.turn(toxic);
      await delay(LASTS_MS);
      proxy.heal();
    });
    await run.conclude({ fault: `network to the receiver: ${toxic} for ${SECONDS} s` });
  });
});

describe.each<QueueName>(['postgres', 'bull'])('the network to Postgres, %s queue', (queue) => {
  it.each<Toxic>(['black hole', 'one way', 'reset before the answer', 'latency'])(
    `fails (%s) for ${SECONDS} s: what was accepted arrives`,
    async (toxic) => {
      proxy = await ToxicProxy.before(database.url);
      await start(queue, { databaseUrl: proxy.through(database.url) });
      await run.publishing(LOAD, async () => {
        await run.excused(`result held up by the network`, LASTS_MS, async () => {
          proxy.turn(toxic);
          await delay(LASTS_MS);
          proxy.heal();
          await delay(1_000);
        });
      });
      await run.conclude({
        fault: `network to Postgres: ${toxic} for ${SECONDS} s, ${queue} queue`,
      });
    },
  );

  it(`is cut after ${SECONDS} s of silence, again and again, in the midst of commits`, async () => {
    proxy = await ToxicProxy.before(database.url);
    await start(queue, { databaseUrl: proxy.through(database.url) });
    await run.publishing(LOAD, async () => {
      for (let time = 0; time < 3; time++) {
        await run.excused('result lost with its connection', LASTS_MS, async () => {
          proxy.turn('one way');
          await delay(LASTS_MS / 2);
          proxy.cut();
          proxy.heal();
          await delay(1_000);
        });
      }
    });
    await run.conclude({ fault: `network to Postgres cut in commits 3 times, ${queue} queue` });
  });
});

describe('the network to Redis', () => {
  it.each<Toxic>(['black hole', 'one way', 'refused', 'latency'])(
    `fails (%s) for ${SECONDS} s: publishers don’t wait for it, and all arrive`,
    async (toxic) => {
      proxy = await ToxicProxy.before(redisUrl());
      await start('bull', { redisUrl: proxy.through(redisUrl()) });
      await run.publishing(LOAD, async () => {
        const { size } = run.accepted;
        proxy.turn(toxic);
        await delay(LASTS_MS);
        expect(run.accepted.size).toBeGreaterThan(size);
        proxy.heal();
      });
      expect(run.refused).toBe(0);
      await run.conclude({
        fault: `network to Redis: ${toxic} for ${SECONDS} s`,
        mostDuplicates: 0,
      });
    },
  );
});
