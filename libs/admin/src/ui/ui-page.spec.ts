import { describe, expect, it } from 'vitest';
import { noticePage, uiPage, wayToRoot } from './ui-page.js';

const base = 'https://example.com/any/prefix/ui';

describe('wayToRoot', () => {
  it.each([
    ['', null],
    ['/', ['']],
    ['/deliveries', ['deliveries']],
    ['/deliveries/', ['deliveries', '']],
    ['/deliveries/1/attempts/2', ['deliveries', '1', 'attempts', '2']],
    ['/events/types/a%2Fb', ['events', 'types', 'a/b']],
  ])('leads from …/ui%s to the root, whatever stands before it', (address, segments) => {
    expect(new URL(wayToRoot(segments), base + address).href).toBe(`${base}/`);
  });
});

describe('uiPage', () => {
  const document =
    '<script nonce="%NONCE%" src="./assets/a.js"></script><div data-root="%ROOT%" data-settings="%SETTINGS%">';
  const settings = {
    actor: '"><script>alert(1)</script>$&',
    canManage: true,
    seesAllTenants: true,
    signIn: null,
  };

  it('has a nonce of its own each time, and a policy that knows no other', () => {
    const [one, two] = [uiPage(document, '../', settings), uiPage(document, '../', settings)];
    const nonce = /nonce="([^"]+)"/.exec(one.html)?.[1];
    expect(nonce).toMatch(/^.{20,}$/);
    expect(two.html).not.toContain(nonce);
    const policy = new Map(one.headers).get('Content-Security-Policy');
    expect(policy).toContain(`script-src 'self' 'nonce-${nonce}'`);
    expect(policy).not.toContain('unsafe');
  });

  it('finds its assets from a deep link', () => {
    expect(uiPage(document, '../../', settings).html).toContain('src="../../assets/a.js"');
  });

  it('tells its settings as text, whatever stands in them', () => {
    const { html } = uiPage(document, '../', settings);
    expect(html).not.toContain('<script>alert');
    const [, attribute = ''] = /data-settings="([^"]*)"/.exec(html) ?? [];
    const text = attribute.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
    expect(JSON.parse(text)).toEqual(settings);
  });
});

describe('noticePage', () => {
  it('escapes what it is told', () => {
    const { html } = noticePage({
      title: '<b>',
      text: '"&',
      link: { text: '<i>', to: '/in?return="><script>' },
    });
    expect(html).not.toMatch(/<b>|<i>|<script>/);
  });
});
