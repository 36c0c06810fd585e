import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@nest-integrations/embedded';
import type { Subscription } from '@nest-integrations/core';
import { moveTime, Receiver } from '@nest-integrations/testing';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishingWith, startFaultHost } from '../support/fault-host.js';
import { FaultRun } from '../support/fault-run.js';
import type { Host, HostSettings, QueueName } from '../support/host.js';
import { LogLines } from '../support/log-lines.js';
import { leasesRefused } from '../support/postgres-faults.js';
import { redisUrl } from '../support/run-redis.js';
import { until } from '../support/until.js';

const UNDER_WAY = 50;
const ERRORS = 100;
const LOAD = { events: 200, perSecond: 200 };

describe.each<QueueName>(['postgres', 'bull'])('Results, with the %s queue', (queue) => {
  let dataDir: string;
  let postgres: EmbeddedPostgres;
  let receiver: Receiver;
  let host: Host;
  let log: LogLines;
  let run: FaultRun;
  let subscription: Subscription;

  const start = async (worker: HostSettings['worker']) => {
    host = await startFaultHost({
      databaseUrl: postgres.url,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: `results-${process.pid}-${postgres.port}`,
      worker,
    });
    host.app.useLogger(log);
    subscription = await host.subscribe(receiver.url, {
      retryPolicy: { delaysSeconds: [60, 60, 60] },
    });
    run = new FaultRun({
      databaseUrl: postgres.url,
      receiver,
      log,
      publish: publishingWith(host),
    });
  };

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-results-'));
    postgres = await startEmbeddedPostgres({ dataDir });
    receiver = await Receiver.start();
    log = new LogLines();
  });

  afterEach(async () => {
    await host.stop();
    await receiver.stop();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Requests are under way when Postgres ends, and are then all answered with 200. */
  const answeredWithoutPostgres = async (logged: string) => {
    const release = receiver.hold();
    const before = receiver.requests.length;
    await receiver.waitFor(before + UNDER_WAY, 60_000);
    await postgres.stop();
    release();
    await until(`'${logged}' in the log`, () => log.of(logged).length >= UNDER_WAY, {
      detail: () => log.tail(),
    });
    postgres = await startEmbeddedPostgres({ dataDir, port: postgres.port });
  };

  it('are recorded late and nothing is sent again, where Postgres is soon back', async () => {
    await start({ leaseMs: 60_000 });
    await run.publishing(LOAD, () => answeredWithoutPostgres('delivery.recorded_late'));
    await run.conclude({
      fault: `Postgres gone for a moment after ${UNDER_WAY} answers of 200, ${queue} queue`,
      promise: 'recorded late',
      mostDuplicates: 0,
    });
  });

  it('are lost where Postgres stays away for long: sent once more, with the same id', async () => {
    await start({ leaseMs: 1_000 });
    await run.publishing(LOAD, () => answeredWithoutPostgres('delivery.not_recorded'));
    await run.conclude({
      fault: `Postgres gone for two leases after ${UNDER_WAY} answers of 200, ${queue} queue`,
      promise: 'sent again with the same id',
      mostDuplicates: log.of('delivery.not_recorded').length,
    });
    for (const { deliveryId } of log.of('delivery.not_recorded')) expect(deliveryId).toBeTruthy();
  });

  it('that are a hundred errors in a row, the receiver’s or our own, stop no consumer', async () => {
    await start({});
    await host.subscriptions.update(
      subscription.id,
      { retryPolicy: { delaysSeconds: [1, 1, 1, 1, 1] } },
      'all',
    );
    await run.publishing(LOAD, async () => {
      const from = receiver.requests.length;
      receiver.answer((_request, index) => ({ status: index < from + ERRORS ? 500 : 200 }));
      await receiver.waitFor(from + ERRORS, 60_000);
      await leasesRefused(postgres.url, () =>
        until(`${ERRORS} errors`, () => log.of('queue.take_failed').length >= ERRORS),
      );
    });
    await run.conclude({
      fault: `${ERRORS} answers of 500 in a row, then ${ERRORS} errors of Postgres, ${queue} queue`,
    });
  });

  it('of retries are signed with the secrets of then, not with those of the first attempt', async () => {
    await start({});
    receiver.answer((_request, index) => ({ status: index < UNDER_WAY ? 503 : 200 }));
    for (let n = 0; n < UNDER_WAY; n++) run.accepted.add(await publishingWith(host)(n, null));
    await until('retries to wait', async () => {
      const waiting = await host.allDeliveries();
      return waiting.filter(({ status }) => status === 'retrying').length === UNDER_WAY;
    });
    const old = new Webhook(await host.secretOf(subscription.id));
    await host.subscriptions.rotateSigningSecret(subscription.id, { overlapSeconds: 0 }, 'all');
    const current = new Webhook(await host.secretOf(subscription.id));
    run.faultEnded();
    await moveTime({ databaseUrl: postgres.url, byMs: 120_000 });
    await run.conclude({
      fault: `secret rotated while ${UNDER_WAY} retries wait, ${queue} queue`,
      promise: 'retries signed with the current secret',
      mostDuplicates: UNDER_WAY,
    });
    for (const { headers, body } of receiver.requests.slice(UNDER_WAY)) {
      expect(() => current.verify(body, headers)).not.toThrow();
      expect(() => old.verify(body, headers)).toThrow('No matching signature found');
    }
  });
});
