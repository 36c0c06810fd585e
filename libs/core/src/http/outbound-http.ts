import { createAddressGuard } from './address-guard.js';
import { CallsUnderWay } from './calls-under-way.js';
import { CheckedUrlCache } from './checked-url.cache.js';
import { withSystemAuthorities } from './authorities.js';
import { createEgressProxy } from './egress-proxy.js';
import { headerList, type DefaultHeaders } from './header-list.js';
import { sharingLookups, systemResolve, type ResolveHost } from './host-resolver.js';
import { OriginPools } from './origin.pools.js';
import { OutboundSockets } from './outbound-sockets.js';
import { CallAbortedError, type OutboundFailure } from './outbound-failure.js';
import {
  OutboundHttpError,
  type OutboundRequest,
  type OutboundResponse,
} from './outbound-http.types.js';
import { OutboundCall, type CallInFlight } from './outbound.call.js';
import { RedirectedCall } from './redirected.call.js';
import type { SocketClient, SocketTarget } from './socket-client.js';
import { targetProblem } from './target-check.js';
import { isUrlProblem, type UrlRules } from './url-check.js';

export interface OutboundHttpOptions {
  /** CIDRs and hosts that may be reached although they are not public. Default none. */
  readonly allow?: readonly string[];
  /** CIDRs and hosts that must not be reached, whatever `allow` says. Default none. */
  readonly deny?: readonly string[];
  /** The only CIDRs and hosts that may be reached, of those that may be at all. Default any. */
  readonly only?: readonly string[];
  /** The only ports that may be reached. Default any. */
  readonly ports?: readonly number[];
  /** Authorities trusted beside those of the system, in PEM. Default none. */
  readonly authorities?: readonly string[];
  /** What all connections go through: `http://proxy:3128`, `socks5://…`. Default none. */
  readonly proxy?: string;
  /** Connections to one origin. Default 64. */
  readonly connectionsPerOrigin?: number;
  /** Origins with open connections; beyond it the least used one makes room. Default 1 000. */
  readonly maxOrigins?: number;
  /** Longest that DNS, TCP and TLS may take together, in milliseconds. Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** How long an idle connection is kept, in milliseconds. Default 4 000: servers close after 5 s. */
  readonly keepAliveMs?: number;
  /** Longest that a server's own keep-alive hint is followed, in milliseconds. Default 60 000. */
  readonly maxKeepAliveMs?: number;
  /** Bytes of an answer's body that are read, where the call does not say. Default 1 MiB. */
  readonly maxResponseBytes?: number;
  /** Bytes of an answer's headers. Default 32 KiB. */
  readonly maxHeaderBytes?: number;
  /** Default `nest-integrations`. */
  readonly userAgent?: string;
  /** Turns a host into addresses. Default: as the system does. */
  readonly resolve?: ResolveHost;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MEBIBYTE = 1_048_576;

/** HTTP to the outside: addresses guarded, connections pooled, time and sizes bounded. */
export class OutboundHttp {
  /** For protocols other than HTTP, under the same rules. */
  readonly sockets: SocketClient;
  private readonly ownSockets: OutboundSockets;
  private readonly rules: UrlRules;
  private readonly urls: CheckedUrlCache;
  private readonly pools: OriginPools;
  private readonly underWay = new CallsUnderWay();
  private readonly defaultHeaders: DefaultHeaders;
  private readonly maxResponseBytes: number;
  private isClosed = false;

  /** @throws TypeError where a CIDR, host, certificate or proxy is none */
  constructor(options: OutboundHttpOptions = {}) {
    const guard = createAddressGuard(options);
    this.rules = { guard, ...(options.ports && { ports: options.ports }) };
    this.urls = new CheckedUrlCache(this.rules);
    const connector = {
      guard,
      resolve: sharingLookups(options.resolve ?? systemResolve),
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      ...(options.authorities?.length && {
        authorities: withSystemAuthorities(options.authorities),
      }),
      ...(options.proxy !== undefined && { proxy: createEgressProxy(options.proxy) }),
    };
    this.sockets = this.ownSockets = new OutboundSockets({
      ...connector,
      ...(options.ports && { ports: options.ports }),
    });
    this.pools = new OriginPools({
      ...connector,
      connectionsPerOrigin: options.connectionsPerOrigin ?? 64,
      maxOrigins: options.maxOrigins ?? 1_000,
      client: {
        keepAliveTimeout: options.keepAliveMs ?? 4_000,
        keepAliveMaxTimeout: options.maxKeepAliveMs ?? 60_000,
        maxHeaderSize: options.maxHeaderBytes ?? 32_768,
        // The call's one deadline covers these.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
    });
    this.maxResponseBytes = options.maxResponseBytes ?? MEBIBYTE;
    this.defaultHeaders = [
      ['user-agent', options.userAgent ?? 'nest-integrations'],
      // Nothing is decompressed, so an answer is never larger than what was read.
      ['accept-encoding', 'identity'],
    ];
  }

  /** @throws OutboundHttpError where no answer came; a 4xx or 5xx is an answer */
  request(request: OutboundRequest): Promise<OutboundResponse> {
    return this.begin(request).response;
  }

  /** Like `request`, for a caller who may want to end the call before its time. */
  begin(request: OutboundRequest): CallInFlight {
    if (!request.maxRedirects) return this.beginHop(request);
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = request;
    return new RedirectedCall({ ...request, timeoutMs }, (hop) => this.beginHop(hop));
  }

  /** Ends every call under way as aborted and cuts the connections. */
  async close(): Promise<void> {
    this.isClosed = true;
    const reason = 'outbound HTTP was closed';
    this.underWay.abortAll(reason);
    this.ownSockets.close();
    await this.pools.destroy(new CallAbortedError(reason));
  }

  /** Why a call would not even begin; `null`: it would. Its host is not looked up. */
  refusalOf({ url, headers = {} }: OutboundRequest): OutboundFailure | null {
    const checked = this.urls.check(url);
    if (isUrlProblem(checked)) return checked;
    const list = headerList(headers, this.defaultHeaders);
    return typeof list === 'string' ? { code: 'invalid', message: list } : null;
  }

  /** Why a socket would not even be opened; `null`: it would. Its host is not looked up. */
  refusalOfSocket(target: SocketTarget): OutboundFailure | null {
    return targetProblem(target, this.rules) ?? null;
  }

  private beginHop(request: OutboundRequest): CallInFlight {
    if (this.isClosed) return refused({ code: 'aborted', message: 'outbound HTTP was closed' });
    const url = this.urls.check(request.url);
    if (isUrlProblem(url)) return refused(url);
    const headers = headerList(request.headers ?? {}, this.defaultHeaders);
    if (typeof headers === 'string') return refused({ code: 'invalid', message: headers });

    const { method, body, signal, tls } = request;
    const { timeoutMs = DEFAULT_TIMEOUT_MS, maxResponseBytes = this.maxResponseBytes } = request;
    const plan = { method, url, headers, body, timeoutMs, maxResponseBytes, signal };
    const call = new OutboundCall(plan, this.underWay);
    call.send(this.pools.for(url.origin, tls));
    return call;
  }
}

/** A call that ends before it begins. */
function refused({ code, message }: OutboundFailure): CallInFlight {
  const response = Promise.reject<OutboundResponse>(
    new OutboundHttpError(code, message, { totalMs: 0 }),
  );
  return { response, abort: () => undefined };
}
