import { isIP, Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { buildConnector } from 'undici';
import { ConnectionTimings } from './connection-timings.js';
import {
  ConnectTimeoutError,
  GuardedConnector,
  trustOf,
  type ConnectorOptions,
} from './guarded-connector.js';
import { guardedLookup } from './guarded-lookup.js';
import { LateStream } from './late-stream.js';
import { CallAbortedError, outboundErrorOf } from './outbound-failure.js';
import { OutboundHttpError, type OutboundTls } from './outbound-http.types.js';
import type { SocketClient, SocketTarget } from './socket-client.js';
import { targetProblem } from './target-check.js';

export interface OutboundSocketsOptions extends Omit<ConnectorOptions, 'tls' | 'alpn'> {
  /** The only ports that may be reached; left out: any. */
  readonly ports?: readonly number[];
}

/** Sockets to the outside: addresses guarded, opening bounded, cut when it is closed. */
export class OutboundSockets implements SocketClient {
  private readonly connectors = new Set<GuardedConnector>();
  private readonly open = new Set<Socket>();
  private isClosed = false;

  constructor(private readonly options: OutboundSocketsOptions) {}

  /** @throws OutboundHttpError */
  async connect(target: SocketTarget, signal?: AbortSignal): Promise<Socket> {
    this.check(target);
    const timings = new ConnectionTimings();
    const startedAt = performance.now();
    const connector = this.connectorFor(target);
    const stop = (): void => connector.close(new CallAbortedError(reasonOf(signal)));
    try {
      return await new Promise<Socket>((resolve, reject) => {
        if (signal?.aborted) return reject(new CallAbortedError(reasonOf(signal)));
        connector.connect(connectorTarget(target), timings, (error, socket) => {
          if (socket) resolve(this.kept(socket));
          else reject(error ?? new Error('neither error nor socket'));
        });
        signal?.addEventListener('abort', stop, { once: true });
      });
    } catch (error) {
      const totalMs = performance.now() - startedAt;
      throw outboundErrorOf(error, placeOf(target), { ...timings.durations(), totalMs });
    } finally {
      signal?.removeEventListener('abort', stop);
      this.connectors.delete(connector);
    }
  }

  begin(target: SocketTarget): Socket {
    try {
      this.check(target);
    } catch (error) {
      return failed(error);
    }
    if (this.options.proxy) return this.beginThroughProxy(target);
    const connector = this.connectorFor(target);
    const socket = this.kept(connector.begin(connectorTarget(target)));
    const forget = (): boolean => this.connectors.delete(connector);
    return socket.once(target.tls ? 'secureConnect' : 'connect', forget).once('close', forget);
  }

  plainOptions(target: Omit<SocketTarget, 'tls'>): TcpNetConnectOpts {
    this.check(target);
    if (this.options.proxy) throw notThroughProxy(target);
    const { host, port } = target;
    return { host, port, lookup: guardedLookup(this.options), autoSelectFamily: true };
  }

  tlsOptions(host: string, tls?: OutboundTls): ConnectionOptions {
    return {
      ...trustOf(tls, this.options.authorities),
      servername: isIP(host) === 0 ? host : '',
      rejectUnauthorized: true,
    };
  }

  /** Gives up what is being opened, and cuts what is open. */
  close(): void {
    this.isClosed = true;
    const reason = new CallAbortedError('outbound connections were closed');
    for (const connector of this.connectors) connector.close(reason);
    for (const socket of this.open) socket.destroy();
  }

  private beginThroughProxy(target: SocketTarget): Socket {
    const { host, port, tls } = target;
    if (!tls) return failed(notThroughProxy(target));
    const stream = new LateStream(() => this.connect({ host, port }));
    const options = this.tlsOptions(host, tls === true ? undefined : tls);
    const socket = connectTls({ ...options, socket: stream });
    const { connectTimeoutMs } = this.options;
    const timer = setTimeout(
      () => socket.destroy(new ConnectTimeoutError(host, connectTimeoutMs)),
      connectTimeoutMs,
    );
    const over = (): void => clearTimeout(timer);
    return socket.once('secureConnect', over).once('close', over);
  }

  /** @throws OutboundHttpError */
  private check(target: SocketTarget): void {
    const problem = this.isClosed
      ? ({ code: 'aborted', message: 'outbound connections were closed' } as const)
      : targetProblem(target, this.options);
    if (problem) throw new OutboundHttpError(problem.code, problem.message, { totalMs: 0 });
  }

  private connectorFor({ tls }: SocketTarget): GuardedConnector {
    const identity = tls === true ? undefined : tls;
    const connector = new GuardedConnector({ ...this.options, ...(identity && { tls: identity }) });
    this.connectors.add(connector);
    return connector;
  }

  private kept(socket: Socket): Socket {
    this.open.add(socket);
    return socket.once('close', () => this.open.delete(socket));
  }
}

/** The connector knows HTTP's two kinds of connection: secure, and plain. */
function connectorTarget({ host, port, tls }: SocketTarget): buildConnector.Options {
  return { hostname: host, port: String(port), protocol: tls ? 'https:' : 'http:' };
}

function notThroughProxy(target: SocketTarget): OutboundHttpError {
  const message = `${placeOf(target)}: a plain connection of this kind can’t go through the egress proxy: use TLS`;
  return new OutboundHttpError('blocked', message, { totalMs: 0 });
}

function placeOf({ host, port }: SocketTarget): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function failed(error: unknown): Socket {
  return new Socket().destroy(error instanceof Error ? error : new Error(String(error)));
}

function reasonOf(signal: AbortSignal | undefined): string {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason.message : String(reason);
}
