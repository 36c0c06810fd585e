import { DeliveredEvent } from '@nest-integrations/core';
import { describe, expect, it } from 'vitest';
import { renderBody, templateProblem } from './body-template.js';

const event = new DeliveredEvent(
  'ev-1',
  'incident.created',
  '2026-01-02T03:04:05.678Z',
  JSON.stringify({ title: 'Say "hi"\n& more', count: 3, systems: [{ name: 'Checkout' }] }),
);

describe('a body template', () => {
  it('puts text into JSON escaped, and whole values as they are', () => {
    const template =
      '{"text":"{{ event.type }}: {{ payload.title }}","count":{{ payload.count }},"first":{{ payload.systems[0] }}}';
    expect(templateProblem(template, 'json')).toBeNull();
    const rendered = renderBody(template, 'json', event);
    expect(rendered.ok && JSON.parse(rendered.body)).toEqual({
      text: 'incident.created: Say "hi"\n& more',
      count: 3,
      first: { name: 'Checkout' },
    });
  });

  it('encodes for a form', () => {
    expect(renderBody('title={{ payload.title }}', 'form', event)).toEqual({
      ok: true,
      body: 'title=Say%20%22hi%22%0A%26%20more',
    });
  });

  it('prints objects as JSON in text', () => {
    expect(renderBody('{{ payload.systems }}', 'text', event)).toEqual({
      ok: true,
      body: '[{"name":"Checkout"}]',
    });
  });

  it('names a path that the event does not have', () => {
    expect(renderBody('{{ payload.nope.deeper }}', 'text', event)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('payload.nope.deeper'),
    });
  });

  it('reaches nothing but the payload’s own fields', () => {
    expect(renderBody('{{ payload.constructor }}', 'text', event).ok).toBe(false);
    expect(renderBody('{{ payload.__proto__ }}', 'text', event).ok).toBe(false);
  });
});
