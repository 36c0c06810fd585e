import { DeliveredEvent } from '@nest-integrations/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTemplate, templateProblem, type BodyContentType } from './body-template.js';

const event = new DeliveredEvent(
  'ev-1',
  'incident.created',
  '2026-01-02T03:04:05.678Z',
  JSON.stringify({ title: 'Say "hi"\n& more', count: 3, systems: [{ name: 'Checkout' }] }),
);

const renderBody = (template: string, contentType: BodyContentType, of = event) =>
  compileTemplate(template, contentType)(of);

const eventWith = (payload: unknown) =>
  new DeliveredEvent('ev-1', 'a.b', '2026-01-02T03:04:05.678Z', JSON.stringify(payload));

describe('a body template', () => {
  it('puts text into JSON escaped, and whole values as they are', () => {
    const template =
      '{"text":"{{ event.type }}: {{ payload.title }}","count":{{ payload.count }},"first":{{ payload.systems[0] }}}';
    expect(templateProblem(template, 'json')).toBeNull();
    const rendered = renderBody(template, 'json');
    expect(rendered.ok && JSON.parse(rendered.body)).toEqual({
      text: 'incident.created: Say "hi"\n& more',
      count: 3,
      first: { name: 'Checkout' },
    });
  });

  it('encodes for a form', () => {
    expect(renderBody('title={{ payload.title }}', 'form')).toEqual({
      ok: true,
      body: 'title=Say%20%22hi%22%0A%26%20more',
    });
  });

  it('prints objects as JSON in text', () => {
    expect(renderBody('{{ payload.systems }}', 'text')).toEqual({
      ok: true,
      body: '[{"name":"Checkout"}]',
    });
  });

  it('names a path that the event does not have', () => {
    expect(renderBody('{{ payload.nope.deeper }}', 'text')).toMatchObject({
      ok: false,
      reason: expect.stringContaining('payload.nope.deeper'),
    });
  });

  it('reaches nothing but the payload’s own fields', () => {
    expect(renderBody('{{ payload.constructor }}', 'text').ok).toBe(false);
    expect(renderBody('{{ payload.__proto__ }}', 'text').ok).toBe(false);
  });

  it('yields JSON whatever text stands in the payload', () => {
    const template = '{"quoted":"<{{ payload.text }}>","bare":{{ payload.text }}}';
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const rendered = renderBody(template, 'json', eventWith({ text }));
        expect(rendered.ok && JSON.parse(rendered.body)).toEqual({
          quoted: `<${text}>`,
          bare: text,
        });
      }),
    );
  });

  it('keeps a value within its field of a form, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const rendered = renderBody('a={{ payload.text }}&b=2', 'form', eventWith({ text }));
        const form = new URLSearchParams(rendered.ok ? rendered.body : '');
        expect([...form]).toEqual([
          ['a', text],
          ['b', '2'],
        ]);
      }),
    );
  });

  it('sends half a character as the replacement character, not an error', () => {
    expect(renderBody('a={{ payload.text }}', 'form', eventWith({ text: '\ud800' }))).toEqual({
      ok: true,
      body: 'a=%EF%BF%BD',
    });
  });

  it('keeps the payload as it was emitted, key order and digits', () => {
    const json = '{"b":1.0,"2":12345678901234567890,"1":0}';
    const odd = new DeliveredEvent('ev-1', 'a.b', '2026-01-02T03:04:05.678Z', json);
    expect(renderBody('{"data":{{ payload }}}', 'json', odd)).toEqual({
      ok: true,
      body: `{"data":${json}}`,
    });
  });

  it('names the event’s own fields', () => {
    expect(
      renderBody('{{event.id}} {{ event.type }} {{ event.timestamp }}', 'text', eventWith({})),
    ).toEqual({ ok: true, body: 'ev-1 a.b 2026-01-02T03:04:05.678Z' });
  });

  it.each([
    ['a place that is not closed', 'Hello {{ payload.title', 'text', /not closed/],
    ['an empty place', 'Hello {{ }}', 'text', /not a path/],
    ['a path of something else', '{{ process.env }}', 'text', /process\.env/],
    [
      'a backslash that would swallow the value’s first character',
      '"\\{{ payload }}"',
      'json',
      /JSON/,
    ],
    ['a value in the place of a key', '{{{ payload.a }}:1}', 'json', /JSON/],
  ] as const)('refuses %s', (_what, template, contentType, problem) => {
    expect(templateProblem(template, contentType)).toMatch(problem);
  });

  it('is read in time that grows with its length alone', () => {
    const template = `"${'{{ payload.title }}'.repeat(3_000)}${' '.repeat(8_000)}"`;
    const hostile = `{{${' '.repeat(65_000)}`;
    const started = performance.now();
    expect(templateProblem(template, 'json')).toBeNull();
    expect(renderBody(template, 'json').ok).toBe(true);
    expect(templateProblem(hostile, 'text')).toMatch(/not closed/);
    // Linear: some milliseconds. Quadratic: seconds.
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
