import { describe, expect, it } from 'vitest';
import { headerProblem } from './header-check.js';
import { headerList } from './header-list.js';

describe('headers that may be sent', () => {
  it.each([
    ['authorization', 'Bearer abc'],
    ['X-Custom_1', 'a\tb'],
    ['webhook-signature', 'v1,K5o= v1a,abc='],
    ['x-name', 'M\xfcller'],
    ['x-empty', ''],
  ])('allows %s: %j', (name, value) => {
    expect(headerProblem(name, value)).toBeNull();
  });

  it.each(['secret\r\nx-evil: 1', 'secret\n', 'secret\0', 'secret\x7f', 'secret…'])(
    'refuses the value %j without repeating it',
    (value) => {
      const problem = headerProblem('x-token', value);
      expect(problem).toContain("header 'x-token'");
      expect(problem).not.toContain('secret');
    },
  );

  it.each(['', 'a b', 'a:b', 'a\r\nb', 'ä', 'a\0'])('refuses the name %j', (name) => {
    expect(headerProblem(name, 'x')).toContain('is no name of a header');
  });

  it.each([
    'host',
    'Host',
    'connection',
    'Content-Length',
    'transfer-encoding',
    'upgrade',
    'te',
    'trailer',
    'keep-alive',
    'proxy-authorization',
    'Proxy-Connection',
    'expect',
  ])('refuses %s, every time', (name) => {
    expect(headerProblem(name, 'x')).toContain(name);
    expect(headerProblem(name, 'x')).toContain(name);
  });
});

describe('the list of headers', () => {
  const defaults = [['user-agent', 'ours']] as const;

  it('adds a default where the caller sets none', () => {
    expect(headerList({ a: '1' }, defaults)).toEqual(['a', '1', 'user-agent', 'ours']);
  });

  it('keeps the caller’s own, in any case', () => {
    expect(headerList({ 'User-Agent': 'theirs' }, defaults)).toEqual(['User-Agent', 'theirs']);
  });

  it('says what is wrong in place of a list', () => {
    expect(headerList({ host: 'evil' }, defaults)).toContain("'host'");
  });
});
