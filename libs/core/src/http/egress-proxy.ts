import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIPv6, type Socket } from 'node:net';
import { SocksClient } from 'socks';

/** A server that all connections to the outside go through. It gets addresses, never names to resolve. */
export interface EgressProxy {
  /** @throws ProxyError */
  open(target: ProxyTarget, signal: AbortSignal): Promise<Socket>;
}

export interface ProxyTarget {
  /** An IP address that was checked. */
  readonly address: string;
  readonly port: number;
}

/** The proxy is away or did not open the connection. Its own address and credentials are not told. */
export class ProxyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`the egress proxy ${message}`, options);
    this.name = 'ProxyError';
  }
}

/**
 * `http://user:password@proxy:3128` and `https://…` by CONNECT (RFC 9110, 9.3.6), `socks5://…` by
 * SOCKS (RFC 1928, 1929).
 * @throws TypeError where the URL is none of these; it never repeats the URL, which may hold a password
 */
export function createEgressProxy(url: string): EgressProxy {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isPlain =
    parsed &&
    /^\/?$/.test(parsed.pathname) &&
    !parsed.search &&
    parsed.hostname &&
    hasReadableCredentials(parsed);
  if (isPlain && /^https?:$/.test(parsed.protocol)) return new ConnectProxy(parsed);
  if (isPlain && parsed.protocol === 'socks5:') return new SocksProxy(parsed);
  throw new TypeError(
    'proxy: must be a URL like http://proxy.internal:3128 or socks5://proxy:1080',
  );
}

class ConnectProxy implements EgressProxy {
  constructor(private readonly url: URL) {}

  open({ address, port }: ProxyTarget, signal: AbortSignal): Promise<Socket> {
    const { hostname, protocol, port: proxyPort } = this.url;
    const authority = `${isIPv6(address) ? `[${address}]` : address}:${port}`;
    const credentials = credentialsOf(this.url);
    const request = protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      request({
        host: unbracketed(hostname),
        port: proxyPort || (protocol === 'https:' ? 443 : 80),
        method: 'CONNECT',
        path: authority,
        agent: false,
        signal,
        headers: {
          host: authority,
          ...(credentials && {
            'proxy-authorization': `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`,
          }),
        },
      })
        .once('connect', ({ statusCode = 0 }, socket) => {
          if (statusCode >= 200 && statusCode < 300) return resolve(socket as Socket);
          socket.destroy();
          reject(new ProxyError(`answered ${statusCode}`));
        })
        .once('response', (response) => {
          response.destroy();
          reject(new ProxyError(`answered ${response.statusCode}`));
        })
        .once('error', (cause) => reject(new ProxyError('can’t be reached', { cause })))
        .end();
    });
  }
}

class SocksProxy implements EgressProxy {
  constructor(private readonly url: URL) {}

  async open({ address, port }: ProxyTarget, signal: AbortSignal): Promise<Socket> {
    const credentials = credentialsOf(this.url);
    const opening = SocksClient.createConnection({
      command: 'connect',
      destination: { host: address, port },
      proxy: {
        host: unbracketed(this.url.hostname),
        port: Number(this.url.port) || 1_080,
        type: 5,
        ...(credentials && { userId: credentials.user, password: credentials.password }),
      },
    });
    // What comes after its caller has given up is closed.
    opening.then(
      ({ socket }) => signal.aborted && socket.destroy(),
      () => undefined,
    );
    try {
      const { socket } = await Promise.race([opening, aborted(signal)]);
      return socket;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ProxyError(`did not open the connection (${reason})`, { cause });
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(new Error('it took too long'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** A lone percent sign in a password: better refused at the start than at each connection. */
function hasReadableCredentials(url: URL): boolean {
  try {
    credentialsOf(url);
    return true;
  } catch {
    return false;
  }
}

function credentialsOf({ username, password }: URL): { user: string; password: string } | null {
  if (!username && !password) return null;
  return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

function unbracketed(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
