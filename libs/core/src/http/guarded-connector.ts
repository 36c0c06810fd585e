import type { LookupAddress } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { buildConnector } from 'undici';
import type { AddressGuard, ForbiddenReason } from './address-guard.js';
import type { ConnectionTimings } from './connection-timings.js';
import type { ResolveHost } from './host-resolver.js';
import type { OutboundTls } from './outbound-http.types.js';

export interface ConnectorOptions {
  readonly guard: AddressGuard;
  readonly resolve: ResolveHost;
  /** Longest that DNS, TCP and TLS may take together, in milliseconds. */
  readonly connectTimeoutMs: number;
  readonly tls?: OutboundTls;
}

/** No address of the host may be connected to. */
export class AddressBlockedError extends Error {
  constructor(
    readonly hostname: string,
    readonly reason: ForbiddenReason,
  ) {
    super(`${hostname} is not allowed: ${reason} address`);
    this.name = 'AddressBlockedError';
  }
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
  private readonly lookup: LookupFunction;
  /** The last TLS session, resumed by the next connection to this same origin. */
  private session: Buffer | undefined;

  constructor(private readonly options: ConnectorOptions) {
    this.lookup = guardedLookup(options);
  }

  connect(
    target: buildConnector.Options,
    timings: ConnectionTimings,
    done: buildConnector.Callback,
  ): void {
    const refusal = this.literalRefusal(target.hostname);
    if (refusal) return done(refusal, null);
    const socket = this.open(target)
      .once('lookup', () => timings.resolved())
      .once('connect', () => timings.connected())
      .once('secureConnect', () => timings.secured());
    this.settle(socket, target, done);
  }

  /** Gives up the connections that are being opened. */
  close(reason: Error): void {
    for (const socket of this.opening) socket.destroy(reason);
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

  /** A socket does no lookup for an IP address, so those are judged here. */
  private literalRefusal(hostname: string): AddressBlockedError | undefined {
    if (isIP(hostname) === 0) return undefined;
    const verdict = this.options.guard.verdict(hostname);
    return verdict.allowed ? undefined : new AddressBlockedError(hostname, verdict.reason);
  }

  private open({ hostname, port, protocol }: buildConnector.Options): Socket {
    const options = {
      host: hostname,
      port: Number(port) || (protocol === 'https:' ? 443 : 80),
      lookup: this.lookup,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_AFTER_MS,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
    };
    if (protocol !== 'https:') return connectTcp(options);
    // Field by field: `tls` comes from a config, and must not bring a `path` or other options.
    const { ca, cert, key, passphrase } = this.options.tls ?? {};
    return connectTls({
      ...options,
      ca,
      cert,
      key,
      passphrase,
      session: this.session,
      servername: isIP(hostname) === 0 ? hostname : '',
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: true,
    }).on('session', (session) => (this.session = session));
  }
}

function guardedLookup({ guard, resolve }: ConnectorOptions): LookupFunction {
  return (hostname, options, callback) => {
    const answer = (error: Error | null, addresses: LookupAddress[]): void => {
      const [first] = addresses;
      if (options.all) callback(error, addresses);
      else callback(error, first?.address ?? '', first?.family);
    };
    resolve(hostname)
      .then((addresses) => allowedOf(hostname, addresses, guard))
      .then(
        (addresses) => answer(null, addresses),
        (error: unknown) => answer(error instanceof Error ? error : new Error(String(error)), []),
      );
  };
}

/** @throws AddressBlockedError where none is allowed */
function allowedOf(
  hostname: string,
  addresses: readonly LookupAddress[],
  guard: AddressGuard,
): LookupAddress[] {
  let reason: ForbiddenReason = 'invalid';
  const allowed = addresses.filter(({ address }) => {
    const verdict = guard.verdict(address);
    if (!verdict.allowed) reason = verdict.reason;
    return verdict.allowed;
  });
  if (allowed.length === 0) throw new AddressBlockedError(hostname, reason);
  return allowed;
}
