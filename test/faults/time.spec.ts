import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultRun } from '../support/fault-run.js';
import { scaled } from '../support/fault-scale.js';
import type { QueueName } from '../support/host.js';
import { HostProcess } from '../support/host-process.js';
import { hostSettings } from '../support/host-settings.js';
import { LogLines } from '../support/log-lines.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { until } from '../support/until.js';

const EVENTS = scaled({ full: 5_000, short: 1_000 });
const STOPS = scaled({ full: 3, short: 1 });
const LEASE_MS = 3_000;
/** What was sent that long before a stop may not have been on record yet. */
const RECORDED_WITHIN_MS = 2_000;
const HOUR_MS = 3_600_000;

describe.each<QueueName>(['postgres', 'bull'])('Time goes wrong on the %s queue', (queue) => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let log: LogLines;
  let hosts: HostProcess[];
  let run: FaultRun;

  const start = async () => {
    const settings = hostSettings(database, queue, { leaseMs: LEASE_MS });
    const host = await HostProcess.start(settings, log);
    hosts.push(host);
    return host;
  };
  const firstHost = () => {
    const [host] = hosts;
    if (!host) throw new Error('no host');
    return host;
  };

  beforeEach(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    log = new LogLines();
    hosts = [];
    const host = await start();
    await host.ask({ do: 'subscribe', url: receiver.url, delaysSeconds: [1, 1, 1, 1, 1] });
    run = new FaultRun({
      databaseUrl: database.url,
      receiver,
      log,
      publish: (n, idempotencyKey) => firstHost().ask({ do: 'publish', n, idempotencyKey }),
    });
  });

  afterEach(async () => {
    for (const host of hosts) await host.kill();
    await receiver.stop();
    await database.drop();
  });

  it.each([
    { jump: 'an hour ahead', byMs: HOUR_MS },
    { jump: 'an hour back', byMs: -HOUR_MS },
  ])('its clock jumps $jump: leases and retries go on by that of Postgres', async (fault) => {
    const seen = new Set<string>();
    receiver.answer(({ headers }) => {
      const id = headers['webhook-id'] ?? '';
      // One in ten is refused at first, so that retries are waiting when the clock jumps.
      const refused = seen.size % 10 === 0 && !seen.has(id);
      seen.add(id);
      return { status: refused ? 503 : 200 };
    });
    await start();
    await run.publishing({ events: EVENTS, perSecond: 500 }, async () => {
      await firstHost().ask({ do: 'shift-clock', byMs: fault.byMs });
      await more(200);
      const release = receiver.hold();
      await more(20);
      // Their leases end by the clock that all workers share, however wrong one's own is.
      const { shortest, longest } = await leasesLeftMs(database.url);
      release();
      expect(shortest).toBeGreaterThan(0);
      expect(longest).toBeLessThanOrEqual(LEASE_MS);
      await firstHost().ask({ do: 'shift-clock', byMs: 0 });
      await more(200);
    });
    await run.conclude({
      fault: `clock of a process ${fault.jump} and right again, ${queue} queue`,
    });
    expect(log.of('delivery.lease_lost')).toEqual([]);
  });

  it(`a process is stopped past its leases ${STOPS} times: its late results are fenced off`, async () => {
    const other = await start();
    await run.publishing({ events: EVENTS, perSecond: 500 }, async () => {
      for (let stop = 0; stop < STOPS; stop++) {
        // Under way in both, when one is stopped.
        const release = receiver.hold();
        await more(100);
        await run.excused(
          'taken over from a process that was stopped',
          RECORDED_WITHIN_MS,
          async () => {
            other.signal('SIGSTOP');
            const stoppedAt = await clockOf(database.url);
            release();
            await until('others to take over what the stopped process held', () =>
              allSentSince(database.url, stoppedAt),
            );
            other.signal('SIGCONT');
            await more(200);
          },
        );
      }
    });
    await run.conclude({
      fault: `a process stopped past its leases (SIGSTOP) ${STOPS} times, ${queue} queue`,
      mostDuplicates: STOPS * 64,
    });
    expect(log.of('delivery.lease_lost').length).toBeGreaterThan(0);
  });

  const more = (count: number) => {
    const before = receiver.requests.length;
    return until(`${count} more requests`, () => receiver.requests.length >= before + count, {
      detail: () => log.tail(),
    });
  };
});

/** What is left of the leases that are held, by the clock of Postgres. */
async function leasesLeftMs(url: string): Promise<{ shortest: number; longest: number }> {
  const [row] = await query<{ shortest: number | null; longest: number | null }>(
    url,
    `SELECT extract(epoch FROM min(lease_until) - clock_timestamp())::float8 * 1000 AS shortest,
       extract(epoch FROM max(lease_until) - clock_timestamp())::float8 * 1000 AS longest
     FROM integration.deliveries WHERE due_at IS NOT NULL AND lease_until IS NOT NULL`,
  );
  return { shortest: row?.shortest ?? NaN, longest: row?.longest ?? NaN };
}

async function clockOf(url: string): Promise<string> {
  const [row] = await query<{ now: string }>(url, 'SELECT clock_timestamp()::text AS now');
  return row?.now ?? '';
}

/** Whatever was due at that moment is delivered, by whoever took it over. */
async function allSentSince(url: string, moment: string): Promise<boolean> {
  const waiting = await query(
    url,
    'SELECT 1 FROM integration.deliveries WHERE due_at <= $1::timestamptz LIMIT 1',
    [moment],
  );
  return waiting.length === 0;
}

async function query<Row extends object>(
  url: string,
  text: string,
  values: readonly string[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
