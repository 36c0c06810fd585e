import { describe, expect, it } from 'vitest';
import { callerAddress } from './caller-address.js';
import { resolveProtection } from './protection-options.js';
import { RateLimits, TooManyRequestsException } from './rate-limits.js';

describe('the address of a caller', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:1:2::1', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
  ])('%s counts as %s', (ip, key) => {
    expect(callerAddress({ ip })).toBe(key);
  });

  it('is that of the socket where the framework names none', () => {
    expect(callerAddress({ socket: { remoteAddress: '203.0.113.7' } })).toBe('203.0.113.7');
    expect(callerAddress({})).toBe('unknown');
  });
});

describe('limits', () => {
  const limits = (requestsPerMinute: number, strangersPerMinute: number) =>
    new RateLimits(resolveProtection({ rateLimit: { requestsPerMinute, strangersPerMinute } }));
  const from = (ip: string) => ({ ip });
  const actor = (name: string, tenant?: string) =>
    ({
      allowed: true,
      scope: tenant === undefined ? 'all' : { tenant },
      actor: name,
    }) as const;
  const stranger = { allowed: false, status: 401 } as const;

  it('are each actor’s own, wherever it calls from', async () => {
    const two = limits(2, 9);
    await two.count(from('203.0.113.1'), actor('ann'));
    await two.count(from('203.0.113.2'), actor('ann'));
    await expect(two.count(from('203.0.113.3'), actor('ann'))).rejects.toThrow(
      TooManyRequestsException,
    );
    await two.count(from('203.0.113.1'), actor('bob'));
    await two.count(from('203.0.113.1'), actor('ann', 'acme'));
  });

  it('are an address’s where nobody is named', async () => {
    const one = limits(1, 9);
    const unnamed = { allowed: true, scope: 'all' } as const;
    await one.count(from('203.0.113.1'), unnamed);
    await expect(one.count(from('203.0.113.1'), { allowed: false })).rejects.toThrow(
      /try again in \d+ s/,
    );
    await one.count(from('203.0.113.2'), unnamed);
  });

  it('let an address that guesses guess so often, and then not be asked about', async () => {
    const two = limits(9, 2);
    for (let i = 0; i < 2; i++) {
      await two.refuseGuessing(from('203.0.113.1'));
      await two.count(from('203.0.113.1'), stranger);
    }
    const refused = two.refuseGuessing(from('203.0.113.1'));
    await expect(refused).rejects.toMatchObject({ status: 429, retryAfterSeconds: 60 });
    await two.refuseGuessing(from('203.0.113.2'));
  });

  it('can be turned off', async () => {
    const off = new RateLimits(resolveProtection({ rateLimit: false }));
    for (let i = 0; i < 5_000; i++) await off.count(from('203.0.113.1'), actor('ann'));
  });

  it.each([
    [{ rateLimit: { requestsPerMinute: 0 } }, /rateLimit\.requestsPerMinute/],
    [{ rateLimit: { strangersPerMinute: 1.5 } }, /rateLimit\.strangersPerMinute/],
    [{ trustedOrigins: ['ops.example.com'] }, /trustedOrigins/],
    [{ trustedOrigins: ['https://ops.example.com/'] }, /trustedOrigins/],
    [{ trustedOrigins: ['*'] }, /trustedOrigins/],
  ])('refuse options that mean nothing: %j', (options, message) => {
    expect(() => resolveProtection(options)).toThrow(message);
  });
});
