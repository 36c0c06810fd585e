import { Receiver } from '@nest-integrations/testing';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { FaultRun } from '../support/fault-run.js';
import { scaled } from '../support/fault-scale.js';
import type { QueueName } from '../support/host.js';
import { hostSettings } from '../support/host-settings.js';
import { HostProcess } from '../support/host-process.js';
import { LogLines } from '../support/log-lines.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { until } from '../support/until.js';

const EVENTS = scaled({ full: 20_000, short: 3_000 });
const KILLS = scaled({ full: 20, short: 3 });
const CONCURRENCY = 64;
/** A result is on record this soon after its request, or the process was killed in between. */
const RECORDED_WITHIN_MS = 10_000;

type Role = 'publisher' | 'worker';

const CASES: readonly { readonly killed: string; readonly roles: readonly Role[] }[] = [
  { killed: 'the worker', roles: ['worker'] },
  { killed: 'the publisher', roles: ['publisher'] },
  { killed: 'publisher and worker in turn', roles: ['publisher', 'worker'] },
];

describe.each<QueueName>(['postgres', 'bull'])('kill -9 on the %s queue', (queue) => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let log: LogLines;
  let hosts: Map<Role, HostProcess>;

  const start = async (role: Role) => {
    const settings = hostSettings(database, queue, {
      delivers: role === 'worker',
      concurrency: CONCURRENCY,
    });
    hosts.set(role, await HostProcess.start(settings, log));
  };

  beforeEach(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    log = new LogLines();
    hosts = new Map();
    await Promise.all([start('publisher'), start('worker')]);
    await hosts
      .get('publisher')
      ?.ask({ do: 'subscribe', url: receiver.url, delaysSeconds: [1, 1, 1, 1, 1] });
  });

  afterEach(async () => {
    for (const host of hosts.values()) await host.kill();
    await receiver.stop();
    await database.drop();
  });

  it.each(CASES)(`loses none of ${EVENTS} events, $killed killed ${KILLS} times`, async (fault) => {
    const run = new FaultRun({
      databaseUrl: database.url,
      receiver,
      log,
      publish: async (n, idempotencyKey) => {
        const publisher = hosts.get('publisher');
        if (!publisher) throw new Error('no publisher');
        return publisher.ask({ do: 'publish', n, idempotencyKey });
      },
    });
    let workerKills = 0;
    let before = 0;
    let kill = 0;
    // A part before each kill and one after the last, however long a process takes to start.
    const upTo = () => (EVENTS * (kill + 1)) / (KILLS + 1);
    await run.publishing({ events: EVENTS, publishers: 50, upTo }, async () => {
      for (; kill < KILLS; kill++) {
        const role = fault.roles[kill % fault.roles.length] ?? 'worker';
        // In the midst of deliveries, not while it only starts.
        await until('deliveries', () => receiver.requests.length > before, {
          detail: () => log.tail(),
        });
        if (role === 'worker') {
          workerKills++;
          await run.excused('under way when the worker was killed', RECORDED_WITHIN_MS, async () =>
            hosts.get(role)?.kill(),
          );
        } else await hosts.get(role)?.kill();
        await start(role);
        before = receiver.requests.length;
      }
    });
    await run.conclude({
      fault: `${fault.killed} killed (-9) ${KILLS} times, ${queue} queue`,
      mostDuplicates: workerKills * CONCURRENCY,
    });
  });
});
