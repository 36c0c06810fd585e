import { describe, expect, it } from 'vitest';
import { compileUrl, urlTemplateProblem } from './url-template.js';

const at = (source: string, payload: unknown) =>
  compileUrl(source)({
    payload,
    event: { id: 'e', type: 'a.b', timestamp: '2026-01-02T03:04:05Z' },
    subscription: { id: 's', name: 'S' },
  });

describe('a URL with values in it', () => {
  it.each([
    'https://{{ payload.x }}/hooks',
    'https://api.{{ payload.x }}/hooks',
    'https://example.com{{ payload.x }}',
    'https://{{ payload.x }}.com/hooks',
    'https://{{ payload.x }}@example.com/',
    'https://{% if payload.x %}a.test{% endif %}/',
    '{{ payload.x }}://example.com',
    '{{ payload.x }}',
    'file:///{{ payload.x }}',
    'https:\\\\{{ payload.x }}.example.com/',
  ])('is refused where a value could choose the host: %s', (source) => {
    expect(urlTemplateProblem(source)).not.toBeNull();
  });

  it.each([
    ['https://{{ payload.x }}.example.com/h', 'eu-1', 'https://eu-1.example.com/h'],
    ['https://a-{{ payload.x }}.example.com:8443', 'B', 'https://a-B.example.com:8443'],
    ['https://example.com/{{ payload.x }}', 'a/b', 'https://example.com/a%2Fb'],
    ['https://example.com/?q={{ payload.x }}', 'a&b=c', 'https://example.com/?q=a%26b%3Dc'],
    ['https://example.com/{% if payload.x %}on{% endif %}', '1', 'https://example.com/on'],
  ])('leads where the template says: %s', (source, x, url) => {
    expect(urlTemplateProblem(source)).toBeNull();
    expect(at(source, { x })).toEqual({ ok: true, url });
  });

  it.each(['evil.test', 'a/b', 'evil.test#', 'me:pw@evil.test', '', ' ', '\\', '%2F', 'a:1', '-'])(
    'lets no value change its host: %j',
    (x) => {
      for (const source of [
        'https://{{ payload.x }}.example.com/h',
        'https://{{ payload.x | raw }}.example.com/h',
      ]) {
        expect(at(source, { x })).toMatchObject({ ok: false });
      }
    },
  );

  it.each(['..', '.', '%2e%2e'])('lets no value go up its path: %j', (x) => {
    const seen = at('https://example.com/a/{{ payload.x }}/b', { x });
    if (seen.ok) expect(new URL(seen.url).pathname).toMatch(/^\/a\/.+\/b$/);
    else expect(seen.reason).toContain('path');
  });
});
