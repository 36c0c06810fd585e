/** Why an address must not be reached. */
export type ForbiddenReason =
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'metadata'
  | 'multicast'
  | 'unspecified'
  | 'documentation'
  | 'reserved'
  /** The operator's own `deny` list. */
  | 'denied'
  /** Not on the operator's own `only` list. */
  | 'unlisted'
  /** No IP address at all. */
  | 'invalid';

type Rule = readonly [cidr: string, reason: ForbiddenReason];

/** First match counts; what matches nothing is public. From the IANA special-purpose registries. */
export const FORBIDDEN_IPV4: readonly Rule[] = [
  ['169.254.169.254/32', 'metadata'], // AWS, Azure, GCP, Oracle, DigitalOcean, OpenStack
  ['169.254.170.2/32', 'metadata'], // AWS ECS credentials
  ['169.254.170.23/32', 'metadata'], // AWS EKS pod identity
  ['100.100.100.200/32', 'metadata'], // Alibaba
  ['168.63.129.16/32', 'metadata'], // Azure wire server, on a public range
  ['192.0.0.192/32', 'metadata'], // Oracle
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'private'], // carrier-grade NAT
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'], // IETF protocol assignments
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'reserved'], // AS112
  ['192.52.193.0/24', 'reserved'], // AMT
  ['192.88.99.0/24', 'reserved'], // 6to4 relays
  ['192.168.0.0/16', 'private'],
  ['192.175.48.0/24', 'reserved'], // AS112
  ['198.18.0.0/15', 'reserved'], // benchmarking
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'], // and broadcast
];

/** As for IPv4; outside `2000::/3` nothing is public, so the last rules close the rest. */
export const FORBIDDEN_IPV6: readonly Rule[] = [
  ['fd00:ec2::/32', 'metadata'], // AWS
  ['fd20:ce::254/128', 'metadata'], // GCP
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'private'], // site-local, deprecated
  ['fc00::/7', 'private'],
  ['ff00::/8', 'multicast'],
  ['2001:db8::/32', 'documentation'],
  ['3fff::/20', 'documentation'],
  ['2001::/23', 'reserved'], // IETF protocol assignments; Teredo inside it is judged before
  ['2620:4f:8000::/48', 'reserved'], // AS112
  ['::/3', 'reserved'],
  ['4000::/2', 'reserved'],
  ['8000::/1', 'reserved'],
];

/**
 * IPv6 ranges whose addresses lead to an IPv4 address: where its four bytes stand. Where there are
 * several, each has to pass. `inverted`: stored with all bits flipped.
 */
export interface Embedding {
  readonly cidr: string;
  readonly layouts: readonly { readonly bytes: readonly number[]; readonly inverted?: boolean }[];
  /** A layout that reads 0.0.0.0 is one that this address does not use. */
  readonly skipZero?: boolean;
}

const LAST_FOUR = { bytes: [12, 13, 14, 15] } as const;

export const EMBEDDED_IPV4: readonly Embedding[] = [
  { cidr: '64:ff9b::/96', layouts: [LAST_FOUR] }, // NAT64
  // NAT64 for local use: RFC 6052 puts the address behind the /48, around byte 8, or at the end.
  { cidr: '64:ff9b:1::/48', layouts: [LAST_FOUR, { bytes: [6, 7, 9, 10] }], skipZero: true },
  { cidr: '2002::/16', layouts: [{ bytes: [2, 3, 4, 5] }] }, // 6to4
  // Teredo: the server, and the client behind its NAT.
  {
    cidr: '2001::/32',
    layouts: [{ bytes: [12, 13, 14, 15], inverted: true }, { bytes: [4, 5, 6, 7] }],
  },
];
