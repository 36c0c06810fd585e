import ipaddr from 'ipaddr.js';
import {
  EMBEDDED_IPV4,
  FORBIDDEN_IPV4,
  FORBIDDEN_IPV6,
  type Embedding,
  type ForbiddenReason,
} from './address-rules.js';
import { isWithin, parseCidr, parseIp, type Cidr, type IpAddress } from './cidr.js';

export type { ForbiddenReason } from './address-rules.js';

export interface AddressGuardOptions {
  /** CIDRs that may be reached although they are not public. An IPv4 one covers its IPv6 forms. */
  readonly allow?: readonly string[];
  /** CIDRs that must not be reached. Stronger than `allow`. */
  readonly deny?: readonly string[];
}

export type AddressVerdict =
  { readonly allowed: true } | { readonly allowed: false; readonly reason: ForbiddenReason };

/** Says of an IP address whether it may be connected to. Only public unicast may, by default. */
export interface AddressGuard {
  verdict(ip: string): AddressVerdict;
}

const ALLOWED: AddressVerdict = { allowed: true };
const IPV4_RULES = FORBIDDEN_IPV4.map(parsedRule);
const IPV6_RULES = FORBIDDEN_IPV6.map(parsedRule);
const EMBEDDINGS = EMBEDDED_IPV4.map((embedding) => ({
  ...embedding,
  range: parseCidr(embedding.cidr, 'rules'),
}));

/** @throws TypeError naming the value where a CIDR is none */
export function createAddressGuard(options: AddressGuardOptions = {}): AddressGuard {
  const allow = (options.allow ?? []).map((cidr) => parseCidr(cidr, 'allow'));
  const deny = (options.deny ?? []).map((cidr) => parseCidr(cidr, 'deny'));
  return {
    verdict(ip) {
      const address = parseIp(ip);
      return address ? judge(address, { allow, deny }) : { allowed: false, reason: 'invalid' };
    },
  };
}

interface OperatorLists {
  readonly allow: readonly Cidr[];
  readonly deny: readonly Cidr[];
}

function judge(address: IpAddress, lists: OperatorLists): AddressVerdict {
  if (isInAny(address, lists.deny)) return { allowed: false, reason: 'denied' };
  const embedded = embeddedIpv4(address);
  const refusal = embedded?.map((inner) => judge(inner, lists)).find(({ allowed }) => !allowed);
  if (refusal?.allowed === false && refusal.reason === 'denied') return refusal;
  if (isInAny(address, lists.allow)) return ALLOWED;
  return embedded ? (refusal ?? ALLOWED) : byRules(address);
}

function byRules(address: IpAddress): AddressVerdict {
  const rules = address.kind() === 'ipv4' ? IPV4_RULES : IPV6_RULES;
  const rule = rules.find(({ range }) => isWithin(address, range));
  return rule ? { allowed: false, reason: rule.reason } : ALLOWED;
}

function isInAny(address: IpAddress, cidrs: readonly Cidr[]): boolean {
  return cidrs.some((cidr) => isWithin(address, cidr));
}

/** The IPv4 addresses that this one leads to; `undefined` where it leads to itself. */
function embeddedIpv4(address: IpAddress): ipaddr.IPv4[] | undefined {
  const embedding = EMBEDDINGS.find(({ range }) => isWithin(address, range));
  return embedding && innerAddresses(address.toByteArray(), embedding);
}

function innerAddresses(bytes: readonly number[], embedding: Embedding): ipaddr.IPv4[] {
  const all = embedding.layouts.map(({ bytes: places, inverted }) =>
    places.map((place) => (bytes[place] ?? 0) ^ (inverted ? 0xff : 0)),
  );
  const used = embedding.skipZero ? all.filter((octets) => octets.some((octet) => octet > 0)) : all;
  return (used.length > 0 ? used : all).map((octets) => new ipaddr.IPv4(octets));
}

function parsedRule([cidr, reason]: readonly [string, ForbiddenReason]): {
  readonly range: Cidr;
  readonly reason: ForbiddenReason;
} {
  return { range: parseCidr(cidr, 'rules'), reason };
}
