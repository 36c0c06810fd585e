import { describe, expect, it } from 'vitest';
import { mailboxOf } from './mailbox.js';

describe('a mailbox', () => {
  it.each([
    ['ops@example.com', '', 'ops@example.com'],
    ['  Ops <ops@example.com> ', 'Ops', 'ops@example.com'],
    ['"Ops, night" <o.p+s@sub.example.com>', 'Ops, night', 'o.p+s@sub.example.com'],
    ['<ops@bücher.example>', '', 'ops@bücher.example'],
    ['root@localhost', '', 'root@localhost'],
  ])('is read from %j', (text, name, address) => {
    expect(mailboxOf(text)).toEqual({ name, address });
  });

  it.each([
    '',
    'ops',
    '@example.com',
    'ops@',
    'a@b@c.example',
    'a@example.com, b@example.com',
    'a@example.com b@example.com',
    'a@example.com;b@example.com',
    'A <a@example.com>, B <b@example.com>',
    'A <a@example.com> <b@example.com>',
    'a@example.com\r\nBcc: b@example.com',
    'A\n<a@example.com>',
    '"A" <a@example.com\0>',
    'a b@example.com',
    '.a@example.com',
    'a..b@example.com',
    'a@-example.com',
    'a@example..com',
    'a@10.0.0.1',
    'a@[10.0.0.1]',
    `${'a'.repeat(65)}@example.com`,
    'group: a@example.com;',
  ])('is not read from %j', (text) => {
    expect(mailboxOf(text)).toBeNull();
  });
});
