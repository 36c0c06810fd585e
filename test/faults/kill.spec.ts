import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PlatformProcess } from '../support/platform.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { Receiver } from '../support/receiver.js';
import { redisUrl } from '../support/run-redis.js';

const EVENTS = 5_000;
const PUBLISHERS = 50;
const KILLS = 3;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.each(['postgres', 'bull'] as const)('kill -9 on the %s queue', (queue) => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let platform: PlatformProcess | null = null;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    await platform?.kill('SIGKILL');
  });

  afterAll(async () => {
    await receiver.stop();
    await database.drop();
  });

  it(`loses none of ${EVENTS} events, killed ${KILLS} times in their midst`, async () => {
    const settings = {
      port: await freePort(),
      databaseUrl: database.url,
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
    let started = 0;
    let restarts: Promise<void> = Promise.resolve();
    const killAt = Array.from({ length: KILLS }, (_, i) =>
      Math.floor((EVENTS * (i + 1)) / (KILLS + 1)),
    );
    const restart = async () => {
      await platform?.kill('SIGKILL');
      platform = await PlatformProcess.start(settings);
    };
    const publish = async () => {
      while (started < EVENTS) {
        started++;
        // What was not answered may or may not have been accepted: it is sent again, as a client would.
        for (;;) {
          await restarts;
          const id = await platform?.createIncident(`Incident ${started}`).catch(() => null);
          if (id) {
            accepted.add(id);
            break;
          }
        }
        if (accepted.size >= (killAt[0] ?? Infinity)) {
          killAt.shift();
          restarts = restart();
        }
      }
    };
    await Promise.all(Array.from({ length: PUBLISHERS }, publish));
    await restarts;
    expect(accepted.size).toBe(EVENTS);

    const receivedIncidents = () =>
      new Set(
        receiver.requests.map(({ body }) => {
          const { data } = JSON.parse(body.toString()) as { data: { id: string } };
          return data.id;
        }),
      );
    await receiver.waitFor(() => {
      if (receiver.requests.length < EVENTS) return false;
      const received = receivedIncidents();
      return [...accepted].every((id) => received.has(id));
    }, 120_000);

    const duplicates = receiver.requests.length - receiver.ids().size;
    const lost = [...accepted].filter((id) => !receivedIncidents().has(id)).length;
    console.log(
      `${queue}: ${EVENTS} accepted, ${lost} lost, ${duplicates} sent twice (under way when killed ${KILLS} times)`,
    );
    expect(lost).toBe(0);
  });
});
