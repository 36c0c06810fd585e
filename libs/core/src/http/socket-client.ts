import type { Socket, TcpNetConnectOpts } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { OutboundTls } from './outbound-http.types.js';

/** What a provider that speaks no HTTP connects to. */
export interface SocketTarget {
  /** A name or an IP address, without a port. */
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte, always verified; left out: plain. */
  readonly tls?: OutboundTls | true;
}

/**
 * Connections to the outside for protocols other than HTTP, under the same guard: the address is
 * checked when it is connected to, and the operator's ports, authorities and egress proxy hold. It
 * belongs to no attempt: a client that a provider keeps may open its connections by it later.
 */
export interface SocketClient {
  /**
   * A connected socket; with `tls`, a secured one.
   * @throws OutboundHttpError
   */
  connect(target: SocketTarget, signal?: AbortSignal): Promise<Socket>;
  /**
   * For clients that want a socket at once: it is connected when `connect` or, with `tls`,
   * `secureConnect` is emitted, and has failed with `error`, of which `outboundErrorOf` makes an
   * `OutboundHttpError`. A plain one can't go through an egress proxy, and is refused where there is one.
   */
  begin(target: SocketTarget): Socket;
  /**
   * For clients that open a plain connection themselves: what they give to `net.connect`.
   * @throws OutboundHttpError where it must not be reached, or there is an egress proxy
   */
  plainOptions(target: Omit<SocketTarget, 'tls'>): TcpNetConnectOpts;
  /** For clients that turn a plain connection into a secure one themselves (STARTTLS). */
  tlsOptions(host: string, tls?: OutboundTls): ConnectionOptions;
}
