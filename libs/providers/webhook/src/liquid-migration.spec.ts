import { DeliveredEvent } from '@nest-integrations/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileBody } from './body-maker.js';
import { withLiquidTemplate } from './liquid-migration.js';
import { webhookConfig } from './webhook-config.js';

const event = new DeliveredEvent(
  'ev-1',
  'a.b',
  '2026-01-02T03:04:05.678Z',
  '{"text":"T","0":"zero","1x":{"-a":"dash"},"list":["L"],"empty":"E"}',
);

function sent(template: string, contentType = 'text') {
  const stored = { url: 'https://example.com', format: 'template', contentType, template };
  const config = webhookConfig.parse(withLiquidTemplate(stored));
  return compileBody(config)({ event, subscription: { id: 's1', name: 'Ops' } });
}

describe('a body template of version 1', () => {
  it.each([
    ['{{payload.text}} {{ event.id }}', 'T ev-1'],
    [
      '{{ payload.0 }} {{ payload.1x.-a }} {{ payload.list[0] }} {{ payload.empty }}',
      'zero dash L E',
    ],
    ['{% if payload.text %}', '{% if payload.text %}'],
    ['{%- {% endraw %} -%}', '{%- {% endraw %} -%}'],
    ['{{{ payload.text }}}', '{T}'],
    ['}} %} {{ payload.text }}}}', '}} %} T}}'],
  ])('goes on sending the same: %s', (template, body) => {
    expect(sent(template)).toEqual({ ok: true, body });
  });

  it('keeps its own text, whatever it holds', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '%',
      '{%',
      '%}',
      '-',
      ' ',
      'raw',
      'endraw',
      '{% raw %}',
      '"',
      'x',
    );
    const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));
    // Version 1 refused an open {{, and so do these.
    const plain = texts.filter((text) => !text.includes('{{'));
    fc.assert(
      fc.property(plain, plain, (before, after) => {
        expect(sent(`${before}{{ payload.text }}${after}`)).toEqual({
          ok: true,
          body: `${before}T${after}`,
        });
      }),
    );
  });

  it('is all that changes in a config', () => {
    expect(withLiquidTemplate({ url: 'u' })).toEqual({ url: 'u' });
    expect(withLiquidTemplate(null)).toBeNull();
  });
});
