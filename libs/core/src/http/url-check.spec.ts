import { describe, expect, it } from 'vitest';
import { createAddressGuard } from './address-guard.js';
import { checkUrl } from './url-check.js';

const rules = { guard: createAddressGuard() };

describe('URLs that may be called', () => {
  it('keeps path and query, and drops the fragment', () => {
    expect(checkUrl('https://Example.com:443/a%20b?c=d#e', rules)).toEqual({
      origin: 'https://example.com',
      path: '/a%20b?c=d',
      href: 'https://example.com/a%20b?c=d',
    });
  });

  it('takes a URL object like its text', () => {
    expect(checkUrl(new URL('http://example.com'), rules)).toMatchObject({ path: '/' });
  });

  it.each([
    ['', 'not absolute'],
    ['/hook', 'not absolute'],
    ['example.com/hook', 'not absolute'],
    ['//example.com', 'not absolute'],
    ['https:example.com', 'not absolute'],
    ['http://', 'not absolute'],
    ['https://exa\r\nmple.com/', 'line break'],
    ['https://example.com/\0', 'control character'],
    ['https://user:secret-word@example.com/', 'credentials'],
    ['https://user@example.com/', 'credentials'],
    ['http://example.com:0/', 'port 0'],
    ['http://example.com:99999/', 'not absolute'],
  ])('refuses %j as invalid and says why', (url, message) => {
    const result = checkUrl(url, rules);
    expect(result).toMatchObject({ code: 'invalid', message: expect.stringContaining(message) });
    expect(JSON.stringify(result)).not.toContain('secret-word');
  });

  it.each([
    'file:///etc/passwd',
    'gopher://example.com/',
    'ftp://example.com/',
    'javascript:alert(1)',
  ])('refuses the scheme of %s', (url) => {
    expect(checkUrl(url, rules)).toMatchObject({
      code: 'blocked',
      message: expect.stringContaining('scheme'),
    });
  });

  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://0x7f.1/',
    'http://127.1/',
    'http://127.0.0.1./',
    'http://①②⑦.0.0.1/',
    'http://%31%32%37.0.0.1/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://localhost/',
    'http://LOCALHOST:3000/',
    'http://localhost./',
    'http://api.localhost/',
  ])('refuses loopback however it is written: %s', (url) => {
    expect(checkUrl(url, rules)).toMatchObject({
      code: 'blocked',
      message: expect.stringContaining('loopback'),
    });
  });

  it('refuses the metadata address, naming it', () => {
    expect(checkUrl('http://169.254.169.254/latest', rules)).toEqual({
      code: 'blocked',
      message: '169.254.169.254 is not allowed: metadata address',
    });
  });

  it('leaves localhost to the check at connect time where loopback is allowed', () => {
    const local = { guard: createAddressGuard({ allow: ['127.0.0.0/8'] }) };
    expect(checkUrl('http://localhost:3000/x', local)).toMatchObject({ path: '/x' });
  });

  it.each([
    ['https://example.com/', true],
    ['https://example.com:8443/', true],
    ['http://example.com/', false],
    ['https://example.com:22/', false],
  ])('with a list of ports: %s → %s', (url, isAllowed) => {
    const result = checkUrl(url, { ...rules, ports: [443, 8443] });
    expect('origin' in result).toBe(isAllowed);
    if (!isAllowed) expect(result).toMatchObject({ code: 'blocked' });
  });
});
