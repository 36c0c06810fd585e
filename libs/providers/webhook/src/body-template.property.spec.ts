import { DeliveredEvent } from '@nest-integrations/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTemplate, templateProblem, type BodyContentType } from './body-template.js';

const OCCURRED_AT = '2026-01-02T03:04:05.678Z';
const eventOf = (payload: unknown) =>
  new DeliveredEvent('ev-1', 'order.paid', OCCURRED_AT, JSON.stringify(payload));

const anyText = fc.string({ unit: 'binary' });
const anyJson = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' });
const payloads = fc.record({
  text: anyText,
  value: anyJson,
  list: fc.array(anyJson, { minLength: 1 }),
});

/** Pieces that templates are made of, the tricky ones among them. */
const pieces = fc.oneof(
  fc.constantFrom(
    '{{ payload.text }}',
    '{{payload.value}}',
    '{{ payload.list[0] }}',
    '{{ payload }}',
    '{{ event.id }}',
    '{{event.timestamp}}',
    '"',
    '\\',
    '\\"',
    '{',
    '}',
    '{{',
    '}}',
    '[',
    ']',
    ':',
    ',',
    '"a"',
    '1',
    '-',
    'e',
    ' ',
  ),
  fc.string({ maxLength: 3 }),
);
const templates = fc.array(pieces, { maxLength: 10 }).map((parts) => parts.join(''));
const contentTypes = fc.constantFrom<BodyContentType>('json', 'form', 'text');

/** A JSON document with a place for the text or the value of an event here and there. */
const { documents } = fc.letrec<{ documents: Document }>((tie) => ({
  documents: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constant<Document>({
      source: '{{ payload.value }}',
      filled: ({ value }) => value,
    }),
    fc.constant<Document>({ source: '{{payload.text}}', filled: ({ text }) => text }),
    fc
      .tuple(anyText.map(withoutBraces), anyText.map(withoutBraces))
      .map(([before, after]): Document => ({
        source: `"${quoted(before)}{{ payload.text }}${quoted(after)}"`,
        filled: ({ text }) => before + text + after,
      })),
    fc.array(tie('documents'), { maxLength: 3 }).map((members): Document => ({
      source: `[${members.map(({ source }) => source).join(',')}]`,
      filled: (payload) => members.map(({ filled }) => filled(payload)),
    })),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('documents')).map((fields): Document => ({
      source: `{${Object.entries(fields)
        .map(([name, { source }]) => `"${name}":${source}`)
        .join(',')}}`,
      filled: (payload) =>
        Object.fromEntries(
          Object.entries(fields).map(([name, { filled }]) => [name, filled(payload)]),
        ),
    })),
  ),
}));

interface Payload {
  readonly text: string;
  readonly value: unknown;
}

interface Document {
  readonly source: string;
  readonly filled: (payload: Payload) => unknown;
}

function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function withoutBraces(text: string): string {
  return text.replaceAll(/[{}]/g, '');
}

describe('a body template, whatever event it is filled with,', () => {
  it('gives the document that it shows: the values in their places, and nothing else moved', () => {
    fc.assert(
      fc.property(documents, payloads, ({ source, filled }, payload) => {
        expect(templateProblem(source, 'json')).toBeNull();
        const rendered = compileTemplate(source, 'json')(eventOf(payload));
        // As JSON would have it: -0 is 0.
        const expected: unknown = JSON.parse(JSON.stringify(filled(payload)));
        expect(rendered.ok && JSON.parse(rendered.body)).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives JSON where JSON is promised, or a reason, however odd the template that was let in', () => {
    fc.assert(
      fc.property(templates, payloads, (template, payload) => {
        if (templateProblem(template, 'json') !== null) return;
        const rendered = compileTemplate(template, 'json')(eventOf(payload));
        if (rendered.ok) JSON.parse(rendered.body);
        else expect(rendered.reason).not.toBe('');
      }),
      { numRuns: 5_000 },
    );
  });

  it('never throws: not when it is judged, not when it is compiled, not when it is filled', () => {
    fc.assert(
      fc.property(templates, contentTypes, anyJson, (template, contentType, payload) => {
        templateProblem(template, contentType);
        const rendered = compileTemplate(template, contentType)(eventOf(payload));
        expect(rendered.ok ? rendered.body : rendered.reason).toBeTypeOf('string');
      }),
      { numRuns: 5_000 },
    );
  });

  it('keeps each value of a form in its field', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const template = 'a={{ payload.text }}&b={{ payload.value }}&c=3';
        const rendered = compileTemplate(template, 'form')(eventOf(payload));
        const fields = new URLSearchParams(rendered.ok ? rendered.body : '');
        const asText = (value: unknown) =>
          typeof value === 'string' ? value : JSON.stringify(value);
        expect([...fields]).toEqual([
          ['a', payload.text],
          ['b', asText(payload.value)],
          ['c', '3'],
        ]);
      }),
    );
  });

  it('does not read its own places in what it was filled with', () => {
    const nested = fc.constantFrom('{{ payload.secret }}', '{{event.id}}', '{{', '}}');
    fc.assert(
      fc.property(nested, contentTypes, (text, contentType) => {
        const source = contentType === 'json' ? '"{{ payload.text }}"' : '{{ payload.text }}';
        const rendered = compileTemplate(source, contentType)(eventOf({ text, secret: 'hidden' }));
        expect(rendered).toEqual({
          ok: true,
          body:
            contentType === 'json'
              ? JSON.stringify(text)
              : contentType === 'form'
                ? encodeURIComponent(text)
                : text,
        });
      }),
    );
  });

  it('reaches the fields that the payload has of its own, and no other', () => {
    const inherited = fc.constantFrom(
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'length',
      'valueOf',
      'hasOwnProperty',
    );
    const path = fc.array(fc.oneof(inherited, fc.constantFrom('a', '0')), {
      minLength: 1,
      maxLength: 4,
    });
    const holders = fc.constantFrom<unknown>(
      { a: {} },
      { a: [{ a: 'x' }] },
      ['x'],
      'text',
      1,
      null,
      {},
    );
    fc.assert(
      fc.property(path, holders, (names, payload) => {
        const own = names.reduce<unknown>(
          (value, name) =>
            typeof value === 'object' && value !== null && Object.hasOwn(value, name)
              ? Reflect.get(value, name)
              : undefined,
          payload,
        );
        const rendered = compileTemplate(
          `{{ payload.${names.join('.')} }}`,
          'text',
        )(eventOf(payload));
        expect(rendered.ok).toBe(own !== undefined);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused with a path of anything but the event and its payload', () => {
    const roots = fc.constantFrom(
      'process',
      'this',
      'globalThis',
      'event.payload',
      'event.tenant',
      '',
    );
    fc.assert(
      fc.property(roots, fc.string({ maxLength: 4 }), (root, rest) => {
        const path = withoutBraces(`${root}.${rest}`);
        expect(templateProblem(`{{ ${path} }}`, 'text')).toMatch(/is not a path/);
      }),
    );
  });
});
