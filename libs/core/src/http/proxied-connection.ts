import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { ConnectionTimings } from './connection-timings.js';
import type { EgressProxy } from './egress-proxy.js';
import { allowedAddresses, type GuardedLookupOptions } from './guarded-lookup.js';

export interface ProxiedTarget {
  readonly hostname: string;
  readonly port: number;
  /** Left out: the connection stays plain. */
  readonly tls?: ConnectionOptions;
}

/**
 * Opens a connection through a proxy. The host is resolved and judged here, and the proxy is asked for
 * the address that was judged: it can't be led to another one by a name. TLS is with the host itself.
 */
export async function openThrough(
  proxy: EgressProxy,
  target: ProxiedTarget,
  {
    lookup,
    timings,
    signal,
  }: {
    readonly lookup: GuardedLookupOptions;
    readonly timings: ConnectionTimings;
    readonly signal: AbortSignal;
  },
): Promise<Socket> {
  const { hostname, port, tls } = target;
  const addresses =
    isIP(hostname) === 0 ? await allowedAddresses(hostname, lookup) : [{ address: hostname }];
  timings.resolved();
  let failure: unknown;
  for (const { address } of addresses) {
    try {
      const socket = await proxy.open({ address, port }, signal);
      timings.connected();
      return tls ? await secured(socket, tls, { timings, signal }) : socket;
    } catch (error) {
      failure = error;
      if (signal.aborted) break;
    }
  }
  throw failure;
}

function secured(
  socket: Socket,
  tls: ConnectionOptions,
  { timings, signal }: { readonly timings: ConnectionTimings; readonly signal: AbortSignal },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = connectTls({ ...tls, socket });
    const abort = () => secure.destroy(new Error('it took too long'));
    signal.addEventListener('abort', abort, { once: true });
    secure
      .once('secureConnect', () => {
        signal.removeEventListener('abort', abort);
        timings.secured();
        resolve(secure);
      })
      .once('error', reject);
  });
}
