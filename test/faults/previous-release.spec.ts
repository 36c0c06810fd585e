import { Receiver } from '@nest-integrations/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultRun } from '../support/fault-run.js';
import { FULL_FAULTS, scaled } from '../support/fault-scale.js';
import type { QueueName } from '../support/host.js';
import { HostProcess } from '../support/host-process.js';
import { hostSettings } from '../support/host-settings.js';
import { LogLines } from '../support/log-lines.js';
import { freshDatabase } from '../support/postgres.js';
import { buildRelease, previousCommit, type PreviousRelease } from '../support/previous-release.js';
import { until } from '../support/until.js';

const EVENTS = scaled({ full: 5_000, short: 1_000 });
const BUILD_WITHIN_MS = 300_000;
/** A result is on record this soon after its request, or the process was killed in between. */
const RECORDED_WITHIN_MS = 10_000;

/** Building takes long, and needs history that a shallow clone lacks: the full form only. */
const commit = FULL_FAULTS ? previousCommit() : null;
if (FULL_FAULTS && commit === null) {
  console.log('No release before today’s schema in this clone’s history: its worker is not tried');
}

describe.skipIf(commit === null)('The release before', () => {
  let release: PreviousRelease;

  beforeAll(async () => {
    release = await buildRelease(commit ?? '');
  }, BUILD_WITHIN_MS);

  afterAll(() => release.remove());

  it.each<QueueName>(['postgres', 'bull'])(
    'delivers on today’s schema, beside today’s worker and without it, on the %s queue',
    async (queue) => {
      const database = await freshDatabase();
      const receiver = await Receiver.start();
      const log = new LogLines();
      const settings = hostSettings(database, queue);
      const publisher = await HostProcess.start({ ...settings, delivers: false }, log);
      await publisher.ask({ do: 'subscribe', url: receiver.url, delaysSeconds: [1, 1, 1] });
      const today = await HostProcess.start(settings, log);
      const before = await HostProcess.start(settings, log, release.main);
      const run = new FaultRun({
        databaseUrl: database.url,
        receiver,
        log,
        publish: (n, idempotencyKey) => publisher.ask({ do: 'publish', n, idempotencyKey }),
      });
      await run.publishing({ events: EVENTS, perSecond: 500 }, async () => {
        const beside = receiver.requests.length;
        await until('deliveries', () => receiver.requests.length >= beside + 500);
        await run.excused('under way when the worker was killed', RECORDED_WITHIN_MS, () =>
          today.kill(),
        );
        const without = receiver.requests.length;
        await until('deliveries', () => receiver.requests.length >= without + 500);
      });
      await run.conclude({
        fault: `worker of the release before on today’s schema, ${queue} queue`,
        promise: 'a deploy delays nothing',
      });
      expect(run.refused).toBe(0);
      for (const host of [publisher, before]) await host.kill();
      await receiver.stop();
      await database.drop();
    },
  );
});
