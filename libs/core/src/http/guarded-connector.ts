import { connect as connectTcp, isIP, Socket, type LookupFunction } from 'node:net';
import { connect as connectTls, createSecureContext, type ConnectionOptions } from 'node:tls';
import type { buildConnector } from 'undici';
import type { ConnectionTimings } from './connection-timings.js';
import type { EgressProxy } from './egress-proxy.js';
import { guardedLookup, literalRefusal, type GuardedLookupOptions } from './guarded-lookup.js';
import type { OutboundTls } from './outbound-http.types.js';
import { openThrough } from './proxied-connection.js';

export interface ConnectorOptions extends GuardedLookupOptions {
  /** Longest that DNS, TCP and TLS may take together, in milliseconds. */
  readonly connectTimeoutMs: number;
  readonly tls?: OutboundTls;
  /** Protocols offered within TLS: `http/1.1`. Left out: none. */
  readonly alpn?: readonly string[];
  /** Authorities that are trusted where `tls` names none, all of them. Left out: those of the system. */
  readonly authorities?: readonly string[];
  /** Left out: connections are made directly. */
  readonly proxy?: EgressProxy;
}

/** DNS, TCP and TLS took longer than they may. */
export class ConnectTimeoutError extends Error {
  constructor(hostname: string, timeoutMs: number) {
    super(`no connection to ${hostname} within ${timeoutMs} ms`);
    this.name = 'ConnectTimeoutError';
  }
}

/** Wait for one address before the next is tried beside it. */
const NEXT_ADDRESS_AFTER_MS = 500;
const TCP_KEEP_ALIVE_AFTER_MS = 60_000;

/**
 * Opens the connections to one origin, only to addresses that the guard allows. The socket itself
 * asks for the addresses and gets the allowed ones alone, so what was checked is what is connected
 * to: rebinding finds no gap.
 */
export class GuardedConnector {
  private readonly opening = new Set<Socket>();
  private readonly tunnelling = new Set<AbortController>();
  private readonly lookup: LookupFunction;
  /** The last TLS session, resumed by the next connection to this same origin. */
  private session: Buffer | undefined;

  private trust: ConnectionOptions | undefined;

  constructor(private readonly options: ConnectorOptions) {
    this.lookup = guardedLookup(options);
  }

  connect(
    target: buildConnector.Options,
    timings: ConnectionTimings,
    done: buildConnector.Callback,
  ): void {
    const refusal = literalRefusal(target.hostname, this.options.guard);
    if (refusal) return done(refusal, null);
    const { proxy } = this.options;
    if (proxy) return this.tunnel(proxy, target, { timings, done });
    const socket = this.open(target)
      .once('lookup', () => timings.resolved())
      .once('connect', () => timings.connected())
      .once('secureConnect', () => timings.secured());
    this.settle(socket, target, done);
  }

  /** Like `connect`, for who wants the socket before it is connected. It goes through no proxy. */
  begin(target: buildConnector.Options): Socket {
    const refusal = literalRefusal(target.hostname, this.options.guard);
    if (refusal) return new Socket().destroy(refusal);
    const socket = this.open(target);
    this.settle(socket, target, () => undefined);
    return socket;
  }

  /** Gives up the connections that are being opened. */
  close(reason: Error): void {
    for (const socket of this.opening) socket.destroy(reason);
    for (const tunnel of this.tunnelling) tunnel.abort(reason);
  }

  private tunnel(
    proxy: EgressProxy,
    target: buildConnector.Options,
    { timings, done }: { timings: ConnectionTimings; done: buildConnector.Callback },
  ): void {
    const { connectTimeoutMs } = this.options;
    const { hostname, protocol } = target;
    const ending = new AbortController();
    const timer = setTimeout(
      () => ending.abort(new ConnectTimeoutError(hostname, connectTimeoutMs)),
      connectTimeoutMs,
    );
    this.tunnelling.add(ending);
    const over = new Promise<never>((_, reject) =>
      ending.signal.addEventListener('abort', () => reject(ending.signal.reason), { once: true }),
    );
    const opened = openThrough(
      proxy,
      {
        hostname,
        port: portOf(target),
        ...(protocol === 'https:' && { tls: this.tlsOptions(hostname) }),
      },
      { lookup: this.options, timings, signal: ending.signal },
    );
    // One that comes too late has nobody to use it.
    opened.then(
      (socket) => ending.signal.aborted && socket.destroy(),
      () => undefined,
    );
    Promise.race([opened, over])
      .finally(() => {
        clearTimeout(timer);
        this.tunnelling.delete(ending);
      })
      .then(
        (socket) => done(null, socket.setNoDelay(true)),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), null),
      );
  }

  private settle(
    socket: Socket,
    { hostname, protocol }: buildConnector.Options,
    done: buildConnector.Callback,
  ): void {
    const { connectTimeoutMs } = this.options;
    const timer = setTimeout(
      () => socket.destroy(new ConnectTimeoutError(hostname, connectTimeoutMs)),
      connectTimeoutMs,
    );
    /** True once: later errors are the client's, who listens too. */
    const isOpening = (): boolean => {
      clearTimeout(timer);
      return this.opening.delete(socket);
    };
    this.opening.add(socket);
    socket
      .once(protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        if (isOpening()) done(null, socket);
      })
      .on('error', (error) => {
        if (isOpening()) done(error, null);
      });
  }

  private open(target: buildConnector.Options): Socket {
    const { hostname, protocol } = target;
    const options = {
      host: hostname,
      port: portOf(target),
      lookup: this.lookup,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_AFTER_MS,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
    };
    if (protocol !== 'https:') return connectTcp(options);
    return connectTls({ ...options, ...this.tlsOptions(hostname) }).on(
      'session',
      (session) => (this.session = session),
    );
  }

  private tlsOptions(hostname: string): ConnectionOptions {
    const { tls, authorities, alpn } = this.options;
    return {
      ...(this.trust ??= trustOf(tls, authorities)),
      session: this.session,
      servername: isIP(hostname) === 0 ? hostname : '',
      ...(alpn && { ALPNProtocols: [...alpn] }),
      rejectUnauthorized: true,
    };
  }
}

/** Field by field: `tls` comes from a config, and must not bring a `path` or other options. */
export function trustOf(
  { ca, cert, key, passphrase }: OutboundTls = {},
  authorities: readonly string[] | undefined,
): ConnectionOptions {
  if (ca !== undefined || !authorities) return { ca, cert, key, passphrase };
  // Made once: reading all authorities takes longer than a handshake.
  return { secureContext: createSecureContext({ ca: [...authorities], cert, key, passphrase }) };
}

function portOf({ port, protocol }: buildConnector.Options): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}
