import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;
export type Cidr = readonly [network: IpAddress, prefixLength: number];

/** Bits before the IPv4 address in an IPv4-mapped one. */
const MAPPED_BITS = 96;

/** An address in its one true form: an IPv4-mapped one is the IPv4 address. */
export function parseIp(text: string): IpAddress | undefined {
  // Strictly: the library alone would also take octal, hexadecimal and short forms.
  return isIP(text) === 0 ? undefined : ipaddr.process(text);
}

/** @throws TypeError naming `option` and the value where it is no CIDR */
export function parseCidr(text: string, option: string): Cidr {
  const [address = '', bits = '', ...rest] = text.split('/');
  const version = isIP(address);
  const prefixLength = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  const isValid = version !== 0 && rest.length === 0 && prefixLength <= (version === 4 ? 32 : 128);
  if (!isValid) {
    throw new TypeError(
      `${option}: '${text}' is no CIDR and no host; write it like 10.1.0.0/16, fd00::/8, api.example.com or *.example.com`,
    );
  }
  const network = ipaddr.parse(address);
  return network instanceof ipaddr.IPv6 &&
    network.isIPv4MappedAddress() &&
    prefixLength >= MAPPED_BITS
    ? [network.toIPv4Address(), prefixLength - MAPPED_BITS]
    : [network, prefixLength];
}

export function isWithin(address: IpAddress, [network, prefixLength]: Cidr): boolean {
  return address.kind() === network.kind() && address.match(network, prefixLength);
}
