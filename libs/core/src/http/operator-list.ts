import { domainToASCII } from 'node:url';
import { isWithin, parseCidr, type Cidr, type IpAddress } from './cidr.js';

/** CIDRs and hosts that an operator has named: `['10.1.0.0/16', 'vault.internal', '*.svc.local']`. */
export interface OperatorList {
  readonly cidrs: readonly Cidr[];
  readonly hosts: readonly HostPattern[];
}

/** Lower case, without a trailing dot. `*.` before it: any name below it, not itself. */
interface HostPattern {
  readonly name: string;
  readonly isBelow: boolean;
}

/** The last label begins with a letter, so that no address in any form passes for a name. */
const HOST = /^(\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)*[a-z](?:[a-z0-9-]*[a-z0-9])?$/;

/** @throws TypeError naming `option` and the entry that is neither a CIDR nor a host */
export function parseOperatorList(entries: readonly string[], option: string): OperatorList {
  const hosts: HostPattern[] = [];
  const cidrs: Cidr[] = [];
  for (const entry of entries) {
    const host = hostPattern(entry);
    if (host) hosts.push(host);
    else cidrs.push(parseCidr(entry, option));
  }
  return { cidrs, hosts };
}

export function namesHost({ hosts }: OperatorList, hostname: string): boolean {
  const host = normalised(hostname);
  return hosts.some(({ name, isBelow }) => (isBelow ? host.endsWith(`.${name}`) : host === name));
}

export function coversAddress({ cidrs }: OperatorList, address: IpAddress): boolean {
  return cidrs.some((cidr) => isWithin(address, cidr));
}

function hostPattern(entry: string): HostPattern | null {
  // `domainToASCII` would cut off what follows a name.
  if (/[^\p{L}\p{N}._*-]/u.test(entry)) return null;
  const isBelow = entry.startsWith('*.');
  const name = normalised(isBelow ? entry.slice(2) : entry);
  return HOST.test(name) ? { name, isBelow } : null;
}

function normalised(hostname: string): string {
  return domainToASCII(hostname.replace(/\.$/, '')).toLowerCase();
}
