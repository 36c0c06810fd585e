import { describe, expect, it } from 'vitest';
import { forgeryProblem } from './same-origin.js';

const host = 'ops.example.com';
const cookie = 'session=abc';
const problemOf = (headers: Record<string, string>, method = 'POST') =>
  forgeryProblem({ method, headers: { host, ...headers } }, ['https://ui.example.org']);

describe('a change', () => {
  it.each<[string, Record<string, string>]>([
    ['by a page of another site', { cookie, 'sec-fetch-site': 'cross-site' }],
    ['by a page of a sibling domain', { cookie, 'sec-fetch-site': 'same-site' }],
    [
      'by a page of another origin, in an older browser',
      { cookie, origin: 'https://evil.example' },
    ],
    ['by a page of another port', { cookie, origin: `https://${host}:8443` }],
    ['by a sandboxed page', { cookie, origin: 'null' }],
    [
      'by a page that lies in one of two headers',
      { cookie, 'sec-fetch-site': 'cross-site', origin: `https://${host}` },
    ],
    ['with a cookie and no word of its page', { cookie }],
    ['with credentials that the browser adds itself', { authorization: 'Basic dTpw' }],
    [
      'with Kerberos, from elsewhere',
      { authorization: 'Negotiate YII', origin: 'https://evil.example' },
    ],
    [
      'without credentials, from elsewhere: the proxy may add them',
      { origin: 'https://evil.example' },
    ],
  ])('is refused when sent %s', (_, headers) => {
    for (const method of ['POST', 'PATCH', 'DELETE', 'PUT', 'post']) {
      expect(problemOf(headers, method)).not.toBeNull();
    }
  });

  it.each<[string, Record<string, string>]>([
    ['by the host’s own page', { cookie, 'sec-fetch-site': 'same-origin' }],
    ['by the host’s own page, in an older browser', { cookie, origin: `https://${host}` }],
    ['by the user', { cookie, 'sec-fetch-site': 'none' }],
    [
      'by a trusted page',
      { cookie, 'sec-fetch-site': 'cross-site', origin: 'https://ui.example.org' },
    ],
    ['with a token that the sender added', { authorization: 'Bearer abc', cookie }],
    ['by a program without cookies', {}],
  ])('is let through when sent %s', (_, headers) => {
    expect(problemOf(headers)).toBeNull();
  });

  it('is what is judged, not a look', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      expect(problemOf({ cookie, 'sec-fetch-site': 'cross-site' }, method)).toBeNull();
    }
  });
});
