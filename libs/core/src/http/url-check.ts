import { isIP } from 'node:net';
import type { AddressGuard } from './address-guard.js';

export interface UrlRules {
  readonly guard: AddressGuard;
  /** The only ports that may be reached; left out: any. */
  readonly ports?: readonly number[];
}

/** A URL that may be tried. The addresses that its host resolves to are checked at connect time. */
export interface CheckedUrl {
  readonly origin: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly href: string;
}

/** Why a URL can't or must not be called. The message never repeats the URL: it may hold secrets. */
export interface UrlProblem {
  readonly code: 'invalid' | 'blocked';
  readonly message: string;
}

/** `URL` would drop line breaks and tabs silently, and send what nobody wrote. */
// oxlint-disable-next-line no-control-regex
const CONTROL_CHARACTER = /[\0-\x1f\x7f]/;

/** Parses and checks all that can be told without asking DNS. */
export function checkUrl(input: string | URL, rules: UrlRules): CheckedUrl | UrlProblem {
  if (typeof input === 'string' && CONTROL_CHARACTER.test(input)) {
    return invalid('the URL holds a line break or another control character');
  }
  const url = parsed(input);
  if (!url) return invalid('the URL is not absolute, like https://example.com/hook');
  return problemOf(url, rules) ?? checked(url);
}

export function isUrlProblem(result: CheckedUrl | UrlProblem): result is UrlProblem {
  return 'code' in result;
}

function problemOf(url: URL, { guard, ports }: UrlRules): UrlProblem | undefined {
  const { protocol, hostname } = url;
  if (protocol !== 'http:' && protocol !== 'https:') {
    return blocked(`the scheme ${protocol} is not allowed: use https: or http:`);
  }
  if (url.username || url.password) {
    return invalid('the URL holds credentials: send them in a header');
  }
  if (!hostname) return invalid('the URL names no host');
  const port = portOf(url);
  if (port === 0) return invalid('port 0 can’t be connected to');
  return portProblem(port, ports) ?? hostProblem(hostname, guard);
}

export function portProblem(port: number, ports: UrlRules['ports']): UrlProblem | undefined {
  if (!ports || ports.includes(port)) return undefined;
  return blocked(`port ${port} is not allowed: use ${ports.join(', ')}`);
}

/** `URL` has already turned octal, hexadecimal, decimal and short IPv4 forms into the dotted one. */
export function hostProblem(hostname: string, guard: AddressGuard): UrlProblem | undefined {
  if (isLocalhost(hostname)) {
    const [ipv4, ipv6] = ['127.0.0.1', '::1'].map((ip) => guard.verdict(ip, hostname));
    if (ipv4?.allowed || ipv6?.allowed) return undefined;
    return forbiddenHost(hostname, ipv4?.reason ?? 'loopback');
  }
  const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const verdict = isIP(literal) === 0 ? guard.hostVerdict(hostname) : guard.verdict(literal);
  return verdict.allowed ? undefined : forbiddenHost(hostname, verdict.reason);
}

/** With a trailing dot it is the same name. */
function isLocalhost(hostname: string): boolean {
  return /(^|\.)localhost\.?$/.test(hostname);
}

function forbiddenHost(hostname: string, reason: string): UrlProblem {
  return blocked(`${hostname} is not allowed: ${reason} address`);
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function parsed(input: string | URL): URL | undefined {
  if (input instanceof URL) return input;
  // `URL` would take `https:example.com` for absolute.
  if (/^https?:/i.test(input) && !/^https?:\/\//i.test(input)) return undefined;
  return URL.canParse(input) ? new URL(input) : undefined;
}

function checked({ origin, pathname, search, href, hash }: URL): CheckedUrl {
  return { origin, path: pathname + search, href: hash ? href.slice(0, -hash.length) : href };
}

function invalid(message: string): UrlProblem {
  return { code: 'invalid', message };
}

function blocked(message: string): UrlProblem {
  return { code: 'blocked', message };
}
