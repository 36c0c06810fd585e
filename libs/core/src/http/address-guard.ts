import ipaddr from 'ipaddr.js';
import {
  EMBEDDED_IPV4,
  FORBIDDEN_IPV4,
  FORBIDDEN_IPV6,
  type Embedding,
  type ForbiddenReason,
} from './address-rules.js';
import { isWithin, parseCidr, parseIp, type Cidr, type IpAddress } from './cidr.js';
import { coversAddress, namesHost, parseOperatorList, type OperatorList } from './operator-list.js';

export type { ForbiddenReason } from './address-rules.js';

export interface AddressGuardOptions {
  /**
   * CIDRs and hosts that may be reached although they are not public. An IPv4 one covers its IPv6
   * forms. A host (`vault.internal`, `*.svc.local`) may be at a private address, never at one of a
   * cloud's metadata.
   */
  readonly allow?: readonly string[];
  /** CIDRs and hosts that must not be reached. Stronger than `allow`. */
  readonly deny?: readonly string[];
  /** The only CIDRs and hosts that may be reached, of those that may be at all. Left out: any. */
  readonly only?: readonly string[];
}

export type AddressVerdict =
  { readonly allowed: true } | { readonly allowed: false; readonly reason: ForbiddenReason };

/** Says what may be connected to. Only public unicast addresses may, by default. */
export interface AddressGuard {
  /** Of an IP address, and of the host that it was found for, if any. */
  verdict(ip: string, hostname?: string): AddressVerdict;
  /** Of a host before its addresses are known. */
  hostVerdict(hostname: string): AddressVerdict;
}

const ALLOWED: AddressVerdict = { allowed: true };
const IPV4_RULES = FORBIDDEN_IPV4.map(parsedRule);
const IPV6_RULES = FORBIDDEN_IPV6.map(parsedRule);
const EMBEDDINGS = EMBEDDED_IPV4.map((embedding) => ({
  ...embedding,
  range: parseCidr(embedding.cidr, 'rules'),
}));

/** What a host that the operator allows by name may be at. */
const ALLOWED_BY_NAME: ReadonlySet<ForbiddenReason> = new Set(['private', 'loopback']);

/** @throws TypeError naming the value that is neither a CIDR nor a host */
export function createAddressGuard(options: AddressGuardOptions = {}): AddressGuard {
  const lists: OperatorLists = {
    allow: parseOperatorList(options.allow ?? [], 'allow'),
    deny: parseOperatorList(options.deny ?? [], 'deny'),
    only: options.only ? parseOperatorList(options.only, 'only') : null,
  };
  return {
    verdict(ip, hostname) {
      const address = parseIp(ip);
      if (!address) return refusal('invalid');
      if (hostname !== undefined && namesHost(lists.deny, hostname)) return refusal('denied');
      if (!isListed(address, hostname, lists)) return refusal('unlisted');
      return judge(address, hostname, lists);
    },
    hostVerdict(hostname) {
      if (namesHost(lists.deny, hostname)) return refusal('denied');
      const { only } = lists;
      const mayBeListed = !only || only.cidrs.length > 0 || namesHost(only, hostname);
      return mayBeListed ? ALLOWED : refusal('unlisted');
    },
  };
}

interface OperatorLists {
  readonly allow: OperatorList;
  readonly deny: OperatorList;
  readonly only: OperatorList | null;
}

function isListed(
  address: IpAddress,
  hostname: string | undefined,
  { only }: OperatorLists,
): boolean {
  if (!only || (hostname !== undefined && namesHost(only, hostname))) return true;
  const reached = [address, ...(embeddedIpv4(address) ?? [])];
  return reached.some((each) => coversAddress(only, each));
}

function judge(
  address: IpAddress,
  hostname: string | undefined,
  lists: OperatorLists,
): AddressVerdict {
  if (coversAddress(lists.deny, address)) return refusal('denied');
  const embedded = embeddedIpv4(address);
  const refused = embedded
    ?.map((inner) => judge(inner, hostname, lists))
    .find(({ allowed }) => !allowed);
  if (refused?.allowed === false && refused.reason === 'denied') return refused;
  if (coversAddress(lists.allow, address)) return ALLOWED;
  const verdict = embedded ? (refused ?? ALLOWED) : byRules(address);
  if (verdict.allowed || hostname === undefined) return verdict;
  const isNamed = ALLOWED_BY_NAME.has(verdict.reason) && namesHost(lists.allow, hostname);
  return isNamed ? ALLOWED : verdict;
}

function refusal(reason: ForbiddenReason): AddressVerdict {
  return { allowed: false, reason };
}

function byRules(address: IpAddress): AddressVerdict {
  const rules = address.kind() === 'ipv4' ? IPV4_RULES : IPV6_RULES;
  const rule = rules.find(({ range }) => isWithin(address, range));
  return rule ? { allowed: false, reason: rule.reason } : ALLOWED;
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
