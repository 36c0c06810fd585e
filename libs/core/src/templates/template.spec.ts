import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TemplateError } from '../integration.error.js';
import { Template, type TemplateScope } from './template.js';
import type { TemplateTarget } from './template-target.js';

const hostile = `<b>&"quoted" *bold* @here`;

function scope(payload: unknown): TemplateScope {
  return {
    payload,
    event: { id: 'evt_1', type: 'incident.created', timestamp: '2026-01-02T03:04:05.000Z' },
    subscription: { id: 'sub_1', name: 'Ops' },
  };
}

function render(source: string, payload: unknown = {}, target: TemplateTarget = 'text'): string {
  return Template.compile(source, target).render(scope(payload));
}

describe('a template', () => {
  it('names payload, event and subscription', () => {
    const source =
      '{{ payload.incident.title }} ({{ event.type }}, {{ event.id }}) for {{ subscription.name }}';
    expect(render(source, { incident: { title: 'Down' } })).toBe(
      'Down (incident.created, evt_1) for Ops',
    );
  });

  it('has filters, conditions and loops', () => {
    const source =
      '{% for s in payload.systems %}{{ s.name | upcase }}{% unless forloop.last %}, {% endunless %}{% endfor %}' +
      '{% if payload.urgent %}!{% endif %}';
    expect(render(source, { systems: [{ name: 'a' }, { name: 'b' }], urgent: true })).toBe('A, B!');
  });

  it('prints objects and lists as JSON, and nothing for null and what is not there', () => {
    expect(
      render('{{ payload.o }}|{{ payload.l }}|{{ payload.n }}|{{ payload.x.y }}|{{ payload.z }}', {
        o: { a: 1 },
        l: [1, 'b'],
        n: null,
        z: 0,
      }),
    ).toBe('{"a":1}|[1,"b"]|||0');
  });

  it('prints dates in UTC, whatever the server’s zone', () => {
    expect(render('{{ event.timestamp | date: "%Y-%m-%d %H:%M %z" }}')).toBe(
      '2026-01-02 03:04 +0000',
    );
  });

  it.each<[TemplateTarget, string]>([
    ['text', hostile],
    ['html', '&lt;b&gt;&amp;&quot;quoted&quot; *bold* @here'],
    ['mrkdwn', '&lt;b&gt;&amp;"quoted" *bold* @here'],
    ['markdown', String.raw`\<b\>&"quoted" \*bold\* \@here`],
    ['form', '%3Cb%3E%26%22quoted%22%20*bold*%20%40here'],
    ['url', '%3Cb%3E%26%22quoted%22%20*bold*%20%40here'],
  ])('escapes values for %s, and not its own text', (target, escaped) => {
    expect(render('<{{ payload.t }}>', { t: hostile }, target)).toBe(`<${escaped}>`);
  });

  it('escapes what it captures or echoes once', () => {
    const captured = '{% capture c %}{{ payload.t }}{% echo payload.t %}{% endcapture %}{{ c }}';
    expect(render(captured, { t: '<' }, 'html')).toBe('&lt;&lt;');
    expect(render('{% echo payload.t %}{{ payload.t | raw }}', { t: '<' }, 'html')).toBe('&lt;<');
  });

  it('captures objects and lists as JSON, as it prints them', () => {
    const captured = '{% capture c %}{{ payload.o }}{% echo payload.l %}{% endcapture %}{{ c }}';
    expect(render(captured, { o: { a: 1 }, l: [1, 'b'] })).toBe('{"a":1}[1,"b"]');
  });

  it('sees nothing of a subscription but its id and name, whatever it is handed', () => {
    const account = { password: 'hidden' };
    const subscription = {
      id: 'sub_1',
      name: 'Ops',
      connection: account,
      secretValues: ['hidden'],
    };
    const given = { ...scope({ l: [1] }), subscription };
    for (const expression of ['subscription.connection.password', 'subscription.secretValues']) {
      const source = `{{ ${expression} }}{{ payload.l | group_by_exp: "i", "${expression}" | map: "name" }}`;
      expect(Template.compile(source, 'text').render(given)).not.toContain('hidden');
    }
  });

  it('has no files, no prototypes and no way out of its scope', () => {
    for (const tag of ["include 'x'", "render 'x'", "layout 'x'", 'block x']) {
      expect(() => Template.compile(`{% ${tag} %}`, 'text')).toThrow(TemplateError);
    }
    const source =
      '{{ payload.constructor.name }}{{ payload.__proto__ }}{{ process }}{{ globalThis }}';
    expect(render(source, {})).toBe('');
  });
});

describe('a JSON template', () => {
  const source =
    '{ "title": "{{ payload.title }}", "whole": {{ payload.title }}, "list": {{ payload.list }}, "text": "{{ payload.list }}", "none": {{ payload.none }} }';

  it('places values by where they stand: within a string or as a value', () => {
    const json = render(source, { title: 'a "b"\n', list: [1, '"'] }, 'json');
    expect(JSON.parse(json)).toEqual({
      title: 'a "b"\n',
      whole: 'a "b"\n',
      list: [1, '"'],
      text: '[1,"\\""]',
      none: null,
    });
  });

  it('can loop, capture and filter', () => {
    const looped =
      '[{% for s in payload.s %}{ "n": "{{ s | upcase }}" }{% unless forloop.last %},{% endunless %}{% endfor %}]';
    expect(render(looped, { s: ['a"', 'b'] }, 'json')).toBe('[{ "n": "A\\"" },{ "n": "B" }]');
    const captured =
      '{% capture t %}{{ payload.s[0] }}!{% endcapture %}{ "t": "{{ t | upcase }}" }';
    expect(render(captured, { s: ['a"'] }, 'json')).toBe('{ "t": "A\\"!" }');
  });

  it('yields JSON whatever text stands in the payload', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (title, list) => {
        const parsed: unknown = JSON.parse(render(source, { title, list }, 'json'));
        expect(parsed).toMatchObject({ title, whole: title });
      }),
    );
  });

  it('says so where it yields none', () => {
    expect(() => render('{ "a": {{ payload.a }} ', {}, 'json')).toThrow(/does not yield JSON/);
  });
});

describe('the bounds of a template', () => {
  it.each([
    ['time', '{% for i in (1..100000) %}{% for j in (1..100000) %}{% endfor %}{% endfor %}'],
    ['memory', '{% for i in (1..99999999) %}{% endfor %}'],
    [
      'what it captures',
      `{% assign x = "${'x'.repeat(1000)}" %}{% for i in (1..40) %}{% assign x = x | append: x %}{% endfor %}`,
    ],
    [
      'what it captures again and again',
      `{% assign s = "${'<'.repeat(1000)}" %}{% for i in (1..19) %}{% capture s %}{{ s }}{{ s }}{% endcapture %}{% endfor %}{{ s | size }}`,
    ],
    ...[
      '{{ a }}',
      '{{ a | append: "" | size }}',
      '{% if a == b %}same{% endif %}',
      '{% capture c %}{{ a }}{% endcapture %}{{ c | size }}',
    ].flatMap((use): [string, string][] => [
      [
        `lists in lists, in ${use}`,
        `{% assign a = "x" | split: "" %}{% assign b = "x" | split: "" %}{% for i in (1..30) %}{% assign e = "" | split: "" | push: a %}{% assign a = e | push: a %}{% assign e = "" | split: "" | push: b %}{% assign b = e | push: b %}{% endfor %}${use}`,
      ],
      [
        `groups of groups, in ${use}`,
        `{% assign a = payload.l %}{% for i in (1..30) %}{% assign g = a | concat: a | group_by: "n" %}{% assign a = g | map: "items" | concat: g %}{% endfor %}{% assign b = a %}${use}`,
      ],
    ]),
    ['output', `{% for i in (1..20000) %}${'x'.repeat(1000)}{% endfor %}`],
    ['its own length', 'x'.repeat(70_000)],
  ])('are kept: %s', (_bound, source) => {
    expect(() => render(source, { l: [{ n: 1 }] })).toThrow(TemplateError);
  });

  it('let a list grow and a long text be printed', () => {
    const growing =
      '{% assign a = "" | split: "" %}{% for i in (1..300) %}{% assign a = a | push: payload.t %}{% endfor %}{{ a | join: "," | size }}';
    expect(render(growing, { t: 'x'.repeat(50) })).toBe(String(300 * 51 - 1));
    expect(render('{{ payload.t }}', { t: '<'.repeat(200_000) }, 'html')).toHaveLength(800_000);
  });

  it('are told with line and column', () => {
    expect(() => Template.compile('a\n{{ payload.x | shout }}', 'text')).toThrow(/line:2, col:1/);
  });
});
