import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createAddressGuard } from './address-guard.js';
import { ConnectionTimings } from './connection-timings.js';
import { GuardedConnector, type ConnectorOptions } from './guarded-connector.js';
import { AddressBlockedError } from './guarded-lookup.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function connector(options: Partial<ConnectorOptions> = {}): GuardedConnector {
  return new GuardedConnector({
    guard: createAddressGuard(),
    resolve: () => Promise.reject(new Error('no lookup was expected')),
    connectTimeoutMs: 10_000,
    ...options,
  });
}

/** Counts the connections that arrive. */
async function listener(): Promise<{ port: string; count: () => number }> {
  let count = 0;
  const server = createServer(() => count++).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return { port: String((server.address() as AddressInfo).port), count: () => count };
}

function connected(by: GuardedConnector, hostname: string, port: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    by.connect({ hostname, port, protocol: 'http:' }, new ConnectionTimings(), (error, socket) => {
      if (!socket) return reject(error ?? new Error('neither error nor socket'));
      cleanups.push(() => socket.destroy());
      resolve(socket);
    });
  });
}

describe('the connector', () => {
  it('judges an IP address itself, though nothing is looked up for it', async () => {
    const { port, count } = await listener();
    await expect(connected(connector(), '127.0.0.1', port)).rejects.toThrow(AddressBlockedError);
    await expect(connected(connector(), '::ffff:7f00:1', port)).rejects.toThrow('loopback');
    expect(count()).toBe(0);
  });

  it('never connects to a forbidden address, whatever else the host resolves to', async () => {
    const { port, count } = await listener();
    const resolve = async (): Promise<{ address: string; family: number }[]> => [
      { address: '127.0.0.1', family: 4 },
      { address: '::ffff:127.0.0.1', family: 6 },
      { address: '10.0.0.1', family: 4 },
    ];
    await expect(connected(connector({ resolve }), 'evil.test', port)).rejects.toThrow(
      /^evil\.test is not allowed/,
    );
    expect(count()).toBe(0);
  });

  it('tries the next address where one refuses', async () => {
    const { port } = await listener();
    const socket = await connected(
      connector({
        guard: createAddressGuard({ allow: ['127.0.0.0/8', '::1/128'] }),
        resolve: async () => [
          { address: '::1', family: 6 },
          { address: '127.0.0.1', family: 4 },
        ],
      }),
      'two.test',
      port,
    );
    expect(socket.remoteAddress).toBe('127.0.0.1');
  });

  it('gives up what it is opening when it is closed', async () => {
    const slow = connector({ resolve: () => new Promise(() => undefined) });
    const call = connected(slow, 'slow.test', '80');
    slow.close(new Error('closed'));
    await expect(call).rejects.toThrow('closed');
  });
});
