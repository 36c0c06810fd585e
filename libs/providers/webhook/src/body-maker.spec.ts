import { DeliveredEvent } from '@nest-integrations/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileBody } from './body-maker.js';
import { webhookConfig } from './webhook-config.js';

type ContentType = 'json' | 'form' | 'text';

const eventOf = (payloadJson: string) =>
  new DeliveredEvent('ev-1', 'a.b', '2026-01-02T03:04:05.678Z', payloadJson);

function bodyOf(template: string, contentType: ContentType, payloadJson: string) {
  const config = webhookConfig.parse({
    url: 'https://example.com',
    format: 'template',
    contentType,
    template,
  });
  const subscription = { id: 's1', name: 'Ops' };
  return compileBody(config)({ event: eventOf(payloadJson), subscription });
}

describe('a body template', () => {
  it('yields JSON whatever text stands in the payload', () => {
    const template = '{"quoted":"<{{ payload.text }}>","bare":{{ payload.text }}}';
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const made = bodyOf(template, 'json', JSON.stringify({ text }));
        expect(made.ok && JSON.parse(made.body)).toEqual({ quoted: `<${text}>`, bare: text });
      }),
    );
  });

  it('keeps a value within its field of a form, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const made = bodyOf('a={{ payload.text }}&b=2', 'form', JSON.stringify({ text }));
        const wellFormed = Buffer.from(text).toString();
        expect([...new URLSearchParams(made.ok ? made.body : '')]).toEqual([
          ['a', wellFormed],
          ['b', '2'],
        ]);
      }),
    );
  });

  it('prints objects as JSON in text', () => {
    expect(bodyOf('{{ payload.list }}', 'text', '{"list":[{"a":1}]}')).toEqual({
      ok: true,
      body: '[{"a":1}]',
    });
  });

  it('keeps the payload as it was emitted, key order and digits', () => {
    const json = '{"b":1.0,"2":12345678901234567890,"1":0}';
    expect(bodyOf('{"data":{{ payload }}}', 'json', json)).toEqual({
      ok: true,
      body: `{"data":${json}}`,
    });
  });

  it('does not read its own places in what it was filled with', () => {
    const payload = '{"text":"{{ payload.secret }}{% if x %}","secret":"s"}';
    expect(bodyOf('{{ payload.text }}', 'text', payload)).toEqual({
      ok: true,
      body: '{{ payload.secret }}{% if x %}',
    });
  });

  it('that can’t be read says why, and does not throw', () => {
    expect(bodyOf('{{ payload.', 'text', '{}')).toMatchObject({ ok: false });
  });

  it('is read in time that grows with its length alone', () => {
    const template = `"${'{{ payload.t }}'.repeat(500)}${' '.repeat(50_000)}"`;
    const started = performance.now();
    expect(bodyOf(template, 'json', '{"t":"x"}').ok).toBe(true);
    expect(bodyOf(`{{${' '.repeat(65_000)}`, 'text', '{}').ok).toBe(false);
    // Linear: some milliseconds. Quadratic: seconds.
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
