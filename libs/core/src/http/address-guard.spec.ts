import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { createAddressGuard } from './address-guard.js';

const guard = createAddressGuard();

const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const group = fc.integer({ min: 0, max: 0xffff });
const ipv6 = fc
  .tuple(group, group, group, group, group, group, group, group)
  .map((groups) => groups.map((each) => each.toString(16)).join(':'));
/** Half of all: near the ranges with rules. */
const ipv6NearRules = fc.oneof(
  ipv6,
  fc
    .tuple(
      fc.constantFrom(
        '::',
        'fe80::',
        'fc00::',
        'ff02::',
        '2001::',
        '2002::',
        '64:ff9b::',
        '3fff::',
      ),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    )
    .map(([prefix, low]) => plus(prefix, low)),
);

function plus(prefix: string, low: bigint): string {
  const bytes = ipaddr.IPv6.parse(prefix).toByteArray();
  for (let at = 15, rest = low; at >= 8; at--, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  return ipaddr.fromByteArray(bytes).toString();
}

function hexGroups(address: string, flip = 0): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map((part) => Number(part) ^ flip);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** Every IPv6 form that leads to an IPv4 address. */
const forms: Record<string, (address: string) => string> = {
  'IPv4-mapped, dotted': (address) => `::ffff:${address}`,
  'IPv4-mapped, hexadecimal': (address) => `::ffff:${hexGroups(address)}`,
  NAT64: (address) => `64:ff9b::${address}`,
  'NAT64 for local use': (address) => `64:ff9b:1::${address}`,
  '6to4': (address) => `2002:${hexGroups(address)}::1`,
  Teredo: (address) => `2001:0:808:808:0:0:${hexGroups(address, 0xff)}`,
};

describe('addresses that may be connected to', () => {
  it.each(['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700::1111'])(
    'allows %s',
    (ip) => {
      expect(guard.verdict(ip)).toEqual({ allowed: true });
    },
  );

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12:3456::1', 'private'],
    ['fec0::1', 'private'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['169.254.169.254', 'metadata'],
    ['169.254.170.2', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['240.0.0.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['203.0.113.9', 'documentation'],
    ['2001:db8::1', 'documentation'],
    ['::ffff:169.254.169.254', 'metadata'],
    ['64:ff9b::a9fe:a9fe', 'metadata'],
    ['2002:7f00:1::', 'loopback'],
    ['64:ff9b:1:a00:0:100::', 'private'],
    ['::7f00:1', 'reserved'],
  ])('refuses %s as %s', (ip, reason) => {
    expect(guard.verdict(ip)).toEqual({ allowed: false, reason });
  });

  it.each([
    '',
    'localhost',
    '0x7f.1',
    '0177.0.0.1',
    '2130706433',
    '1.2.3',
    '1.2.3.4.5',
    '::ffff:1',
  ])('takes %j for no public address', (ip) => {
    expect(guard.verdict(ip).allowed).toBe(false);
  });

  it('allows no IPv4 address that another list takes for special', () => {
    fc.assert(
      fc.property(ipv4, (ip) => {
        if (guard.verdict(ip).allowed) expect(ipaddr.IPv4.parse(ip).range()).toBe('unicast');
      }),
      { numRuns: 1_000 },
    );
  });

  it('allows no IPv6 address outside global unicast, but those that lead to a public IPv4 one', () => {
    fc.assert(
      fc.property(ipv6NearRules, (ip) => {
        if (!guard.verdict(ip).allowed) return;
        const address = ipaddr.IPv6.parse(ip);
        const isGlobal = address.match(ipaddr.IPv6.parse('2000::'), 3);
        expect(isGlobal || address.range() === 'rfc6052').toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(Object.entries(forms))('judges %s like the IPv4 address inside', (_name, form) => {
    fc.assert(
      fc.property(ipv4, (ip) => {
        // All zero says, for local NAT64, that the address stands elsewhere; refused either way.
        expect(guard.verdict(form(ip)).allowed).toBe(guard.verdict(ip).allowed);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the operator’s lists', () => {
  it.each(Object.entries(forms))('let an allowed IPv4 range be reached as %s', (_name, form) => {
    const inside = createAddressGuard({ allow: ['10.1.0.0/16'] });
    expect(inside.verdict(form('10.1.2.3'))).toEqual({ allowed: true });
    expect(inside.verdict(form('10.2.2.3')).allowed).toBe(false);
  });

  it.each(Object.entries(forms))('deny an IPv4 range as %s too', (_name, form) => {
    const without = createAddressGuard({ deny: ['8.8.0.0/16'], allow: ['8.8.8.8/32', '::/0'] });
    expect(without.verdict(form('8.8.8.8'))).toEqual({ allowed: false, reason: 'denied' });
  });

  it('let deny win over allow', () => {
    const both = createAddressGuard({ allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16'] });
    expect(both.verdict('10.8.0.1')).toEqual({ allowed: true });
    expect(both.verdict('10.9.0.1')).toEqual({ allowed: false, reason: 'denied' });
  });

  it('allow nothing beside what they name', () => {
    const withLoopback = createAddressGuard({ allow: ['127.0.0.0/8', '::1/128'] });
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6NearRules), (ip) => {
        const verdict = guard.verdict(ip);
        const isLoopback = !verdict.allowed && verdict.reason === 'loopback';
        if (withLoopback.verdict(ip).allowed) expect(verdict.allowed || isLoopback).toBe(true);
        if (verdict.allowed) expect(withLoopback.verdict(ip)).toEqual({ allowed: true });
      }),
      { numRuns: 1_000 },
    );
  });

  it('allow all that they name', () => {
    const withLoopback = createAddressGuard({ allow: ['127.0.0.0/8'] });
    fc.assert(
      fc.property(
        octet,
        octet,
        octet,
        fc.constantFrom(...Object.values(forms)),
        (b, c, d, form) => {
          const address = `127.${b}.${c}.${d}`;
          expect(withLoopback.verdict(address)).toEqual({ allowed: true });
          expect(withLoopback.verdict(form(address))).toEqual({ allowed: true });
        },
      ),
    );
  });

  it('allow a Teredo address only if both its server and its client may be reached', () => {
    const withLoopback = createAddressGuard({ allow: ['127.0.0.0/8'] });
    const client = hexGroups('127.255.255.255', 0xff);
    expect(withLoopback.verdict(`2001:0:808:808:0:0:${client}`)).toEqual({ allowed: true });
    expect(withLoopback.verdict(`2001:0:0:0:0:0:${client}`)).toEqual({
      allowed: false,
      reason: 'unspecified',
    });
  });

  it('take a mapped range for the IPv4 range that it is', () => {
    const mapped = createAddressGuard({ allow: ['::ffff:10.0.0.0/104'] });
    expect(mapped.verdict('10.1.2.3')).toEqual({ allowed: true });
  });

  it.each([
    '10.0.0.0',
    '10/8',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    'localhost/8',
    '0x0a.0.0.0/8',
    '',
    '10.0.0.0/ 8',
  ])('refuse %j at construction, naming it', (cidr) => {
    expect(() => createAddressGuard({ allow: [cidr] })).toThrow(`allow: '${cidr}' is no CIDR`);
    expect(() => createAddressGuard({ deny: [cidr] })).toThrow(`deny: '${cidr}' is no CIDR`);
  });

  describe('of hosts', () => {
    it('let an allowed host be at a private address, and no other host', () => {
      const inside = createAddressGuard({ allow: ['vault.internal', '*.svc.local'] });
      expect(inside.verdict('10.0.0.1', 'vault.internal')).toEqual({ allowed: true });
      expect(inside.verdict('127.0.0.1', 'a.b.svc.local')).toEqual({ allowed: true });
      for (const other of [
        'svc.local',
        'evil-vault.internal',
        'vault.internal.evil.com',
        'x.com',
      ]) {
        expect(inside.verdict('10.0.0.1', other).allowed, other).toBe(false);
      }
      expect(inside.verdict('10.0.0.1').allowed).toBe(false);
    });

    it('let no host be at a cloud’s metadata, whoever allowed it', () => {
      const inside = createAddressGuard({ allow: ['meta.internal'] });
      for (const ip of ['169.254.169.254', 'fd00:ec2::254', '::ffff:169.254.169.254', '0.0.0.0']) {
        expect(inside.verdict(ip, 'meta.internal').allowed, ip).toBe(false);
      }
    });

    it.each(['evil.example', 'EVIL.example', 'evil.example.', 'a.b.evil.example'])(
      'deny %s, wherever it is',
      (host) => {
        const without = createAddressGuard({
          deny: ['evil.example', '*.evil.example'],
          allow: ['*.example', '::/0', '0.0.0.0/0'],
        });
        expect(without.verdict('1.1.1.1', host)).toEqual({ allowed: false, reason: 'denied' });
        expect(without.hostVerdict(host)).toEqual({ allowed: false, reason: 'denied' });
      },
    );

    it('let only the listed be reached where there is such a list, and forbid of them what is forbidden', () => {
      const few = createAddressGuard({ only: ['hooks.example.com', '8.8.8.0/24'] });
      expect(few.verdict('1.1.1.1', 'hooks.example.com')).toEqual({ allowed: true });
      expect(few.verdict('8.8.8.8', 'dns.google')).toEqual({ allowed: true });
      expect(few.verdict('::ffff:8.8.8.8')).toEqual({ allowed: true });
      expect(few.verdict('1.1.1.1', 'other.example.com')).toEqual({
        allowed: false,
        reason: 'unlisted',
      });
      expect(few.verdict('10.0.0.1', 'hooks.example.com').allowed).toBe(false);
      const named = createAddressGuard({ only: ['hooks.example.com'] });
      expect(named.hostVerdict('other.example.com').allowed).toBe(false);
      expect(named.hostVerdict('hooks.example.com').allowed).toBe(true);
    });

    it('know a name in its own letters as the one that is sent', () => {
      const inside = createAddressGuard({ allow: ['bücher.internal'] });
      expect(inside.verdict('10.0.0.1', 'xn--bcher-kva.internal').allowed).toBe(true);
    });

    it.each(['evil.example/x', 'a b', 'http://x.com', '*', '*.', 'x..y', '-x.com', '1.2.3.4'])(
      'refuse %j at construction, naming it',
      (entry) => {
        expect(() => createAddressGuard({ only: [entry] })).toThrow(`only: '${entry}' is no CIDR`);
      },
    );
  });
});
