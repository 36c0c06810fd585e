import { setTimeout as delay } from 'node:timers/promises';
import { Receiver } from '@nest-integrations/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishingWith, startFaultHost } from '../support/fault-host.js';
import { FaultRun } from '../support/fault-run.js';
import { scaled } from '../support/fault-scale.js';
import type { Host, HostSettings } from '../support/host.js';
import { LogLines } from '../support/log-lines.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisCommand } from '../support/redis-command.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { until } from '../support/until.js';

const EVENTS = scaled({ full: 10_000, short: 2_000 });
const TIMES = scaled({ full: 10, short: 3 });
/** Bull asks for stalled jobs every 30 s: the full form waits for longer. */
const PAUSE_SECONDS = scaled({ full: 35, short: 4 });
const STARVED_MS = scaled({ full: 15_000, short: 3_000 });

let database: FreshDatabase;
let redis: TestRedis;
let receiver: Receiver;
let host: Host;
let log: LogLines;
let run: FaultRun;

const startHost = async (worker: NonNullable<HostSettings['worker']>) => {
  host = await startFaultHost({
    databaseUrl: database.url,
    queue: 'bull',
    redisUrl: redis.url,
    redisPrefix: 'faults',
    worker,
  });
  host.app.useLogger(log);
};

beforeEach(async () => {
  database = await freshDatabase();
  redis = await startRedis();
  receiver = await Receiver.start();
  log = new LogLines();
  await startHost({ concurrency: 64 });
  await host.subscribe(receiver.url);
  run = new FaultRun({
    databaseUrl: database.url,
    receiver,
    log,
    publish: (n, key) => publishingWith(host)(n, key),
  });
});

afterEach(async () => {
  await host.stop();
  await receiver.stop();
  await redis.stop();
  await database.drop();
});

describe('Redis', () => {
  it(`is killed and comes back empty ${TIMES} times: nothing is lost, nothing sent twice`, async () => {
    await run.publishing({ events: EVENTS }, async () => {
      for (let time = 0; time < TIMES; time++) {
        await redis.stop();
        await someAccepted(100);
        redis = await startRedis(Number(new URL(redis.url).port));
        await someAccepted(100);
      }
    });
    await run.conclude({ fault: `Redis killed and back empty ${TIMES} times`, mostDuplicates: 0 });
  });

  it(`is flushed ${TIMES} times: nothing is lost, nothing sent twice`, async () => {
    await run.publishing({ events: EVENTS, perSecond: 2_000 }, async () => {
      for (let time = 0; time < TIMES; time++) {
        await redisCommand(redis.url, 'FLUSHALL');
        await someAccepted(100);
      }
    });
    await run.conclude({ fault: `Redis flushed (FLUSHALL) ${TIMES} times`, mostDuplicates: 0 });
  });

  it('is out of memory for a while: events are accepted all the same, and arrive', async () => {
    await run.publishing({ events: EVENTS }, async () => {
      await redisCommand(redis.url, 'CONFIG SET maxmemory-policy noeviction');
      await redisCommand(redis.url, 'CONFIG SET maxmemory 1');
      const refusedBefore = run.refused;
      await Promise.all([delay(STARVED_MS), someAccepted(500)]);
      expect(run.refused).toBe(refusedBefore);
      await redisCommand(redis.url, 'CONFIG SET maxmemory 0');
    });
    await run.conclude({
      fault: `Redis out of memory for ${STARVED_MS / 1_000} s`,
      mostDuplicates: 0,
    });
  });

  it(`stops answering for ${PAUSE_SECONDS} s, connections kept: publishers don’t wait for it`, async () => {
    await run.publishing({ events: EVENTS }, async () => {
      redis.signal('SIGSTOP');
      const [health] = await Promise.all([
        host.health.check(),
        delay(PAUSE_SECONDS * 1_000),
        someAccepted(500),
      ]);
      expect(health.queue).toContain('no answer');
      redis.signal('SIGCONT');
    });
    await run.conclude({
      fault: `Redis answers nobody for ${PAUSE_SECONDS} s (SIGSTOP)`,
      mostDuplicates: 0,
    });
  });

  it(`pauses its clients for ${PAUSE_SECONDS} s: publishers don’t wait for it`, async () => {
    await run.publishing({ events: EVENTS }, async () => {
      await redisCommand(redis.url, `CLIENT PAUSE ${PAUSE_SECONDS * 1_000}`);
      await Promise.all([delay(PAUSE_SECONDS * 1_000), someAccepted(500)]);
    });
    await run.conclude({
      fault: `Redis pauses its clients for ${PAUSE_SECONDS} s (CLIENT PAUSE)`,
      mostDuplicates: 0,
    });
  });
});

/** A backlog that only Redis was told of, and Redis forgets: the sweep has all of it to find. */
it('recovers a large backlog that Redis forgot', async () => {
  const backlog = scaled({ full: 100_000, short: 10_000 });
  await host.stop();
  await startHost({ concurrency: 512, enabled: false });
  await run.publishing({ events: backlog, publishers: 500, perSecond: 50_000 }, () =>
    until('the backlog', () => run.accepted.size >= backlog),
  );
  await host.stop();
  await redisCommand(redis.url, 'FLUSHALL');
  run.faultEnded();
  await startHost({ concurrency: 512, sweepIntervalMs: 5_000, leaseMs: 30_000 });
  await run.conclude({
    fault: `Redis flushed with ${backlog.toLocaleString('en')} deliveries waiting`,
    mostDuplicates: 0,
  });
});

async function someAccepted(count: number): Promise<void> {
  const before = run.accepted.size;
  await until(`${count} more events`, () => run.accepted.size >= before + count, {
    detail: () => log.tail(),
  });
}
