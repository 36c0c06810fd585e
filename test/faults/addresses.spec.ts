import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { OutboundHttp } from '@nest-integrations/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportRefusals } from '../support/fault-report.js';
import { scaled } from '../support/fault-scale.js';

const RUNS = scaled({ full: 2_000, short: 300 });

const octet = fc.integer({ min: 0, max: 255 });
const below = (...prefix: number[]) =>
  fc
    .tuple(...Array.from({ length: 4 - prefix.length }, () => octet))
    .map((rest) => [...prefix, ...rest]);

/** IPv4 addresses that nobody's webhook may reach, as four numbers. */
const forbidden: fc.Arbitrary<readonly number[]> = fc.oneof(
  below(127),
  below(10),
  below(192, 168),
  below(169, 254),
  below(0),
  fc.tuple(fc.integer({ min: 16, max: 31 }), octet, octet).map((rest) => [172, ...rest]),
  fc.tuple(fc.integer({ min: 64, max: 127 }), octet, octet).map((rest) => [100, ...rest]),
  fc.tuple(fc.integer({ min: 224, max: 255 }), octet, octet, octet),
  fc.constantFrom([169, 254, 169, 254], [127, 0, 0, 1], [168, 63, 129, 16], [100, 100, 100, 200]),
);

const number = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]) =>
  ((a * 256 + b) * 256 + c) * 256 + d;
const hexGroups = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]) =>
  `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
const digits = (dotted: string, zero: number) =>
  dotted.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

/** Every way to write an address that some URL parser, proxy or resolver takes for it. */
const FORMS: Record<string, (octets: readonly number[]) => string> = {
  dotted: (octets) => octets.join('.'),
  'with a trailing dot': (octets) => `${octets.join('.')}.`,
  decimal: (octets) => String(number(octets)),
  hexadecimal: (octets) => `0x${number(octets).toString(16)}`,
  octal: (octets) => `0${number(octets).toString(8)}`,
  'octal in parts': (octets) => octets.map((each) => `0${each.toString(8)}`).join('.'),
  'hexadecimal in parts': (octets) => octets.map((each) => `0x${each.toString(16)}`).join('.'),
  'octal with many zeros': (octets) => octets.map((each) => `0000${each.toString(8)}`).join('.'),
  short: ([a = 0, b = 0, c = 0, d = 0]) => `${a}.${number([0, b, c, d])}`,
  'in three parts': ([a = 0, b = 0, c = 0, d = 0]) => `${a}.${b}.${c * 256 + d}`,
  'in full-width digits': (octets) => digits(octets.join('.'), 0xff10),
  'with ideographic full stops': (octets) => octets.join('。'),
  'percent-encoded': (octets) => octets.join('.').replaceAll(/\d/g, (digit) => `%3${digit}`),
  'IPv4-mapped': (octets) => `[::ffff:${octets.join('.')}]`,
  'IPv4-mapped, hexadecimal': (octets) => `[::ffff:${hexGroups(octets)}]`,
  'IPv4-compatible': (octets) => `[::${octets.join('.')}]`,
  NAT64: (octets) => `[64:ff9b::${octets.join('.')}]`,
  'NAT64 for local use': (octets) => `[64:ff9b:1::${octets.join('.')}]`,
  '6to4': (octets) => `[2002:${hexGroups(octets)}::1]`,
  'behind user info': (octets) => `good.example@${octets.join('.')}`,
  'behind user info and a password': (octets) => `good.example:80@${octets.join('.')}`,
  'behind a backslash': (octets) => `${octets.join('.')}\\@good.example`,
};

describe('forbidden addresses', () => {
  const server = createServer();
  let connections = 0;
  let port: number;
  let http: OutboundHttp;

  beforeAll(async () => {
    server.on('connection', (socket) => {
      connections++;
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
    http = new OutboundHttp({
      resolve: async (host) => {
        throw new Error(`${host} was looked up`);
      },
    });
  });

  afterAll(async () => {
    await http.close();
    server.close();
  });

  it.each(Object.entries(FORMS))(
    '%s: refused, and nothing is connected to',
    async (form, write) => {
      let tried = 0;
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(forbidden, async (octets) => {
          tried++;
          const url = `http://${write(octets)}:${port}/hook`;
          const error: unknown = await http
            .request({ method: 'POST', url, timeoutMs: 2_000 })
            .catch((reason: unknown) => reason);
          expect(error).toMatchObject({ code: expect.stringMatching(/^(blocked|invalid)$/) });
          refused++;
        }),
        { numRuns: RUNS },
      );
      expect(connections).toBe(0);
      reportRefusals({ surface: `forbidden addresses, ${form}`, tried, refused });
    },
  );

  it('behind a name, at the first look or the second: refused, and nothing is connected to', async () => {
    let tried = 0;
    let refused = 0;
    let address = '';
    const rebinding = new OutboundHttp({
      resolve: async () => [{ address, family: address.includes(':') ? 6 : 4 }],
    });
    try {
      await fc.assert(
        fc.asyncProperty(forbidden, fc.boolean(), async (octets, isMapped) => {
          tried++;
          address = isMapped ? `::ffff:${octets.join('.')}` : octets.join('.');
          const url = `http://rebinding.example:${port}/hook`;
          await expect(rebinding.request({ method: 'POST', url })).rejects.toMatchObject({
            code: 'blocked',
          });
          refused++;
        }),
        { numRuns: RUNS },
      );
    } finally {
      await rebinding.close();
    }
    expect(connections).toBe(0);
    reportRefusals({ surface: 'forbidden addresses, behind a name', tried, refused });
  });
});
