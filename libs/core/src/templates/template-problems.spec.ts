import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { propertiesOf } from '../schema/property-list.js';
import { jsonSchemaOf } from '../schema/json-schema.js';
import { templateProblems } from './template-problems.js';

const payload = z.object({
  title: z.string(),
  system: z.object({ id: z.string(), owner: z.string().optional() }).nullable(),
  links: z.array(z.object({ url: z.string() })),
  labels: z.record(z.string(), z.string()),
  raw: z.unknown(),
});
const sample = {
  payload: { title: 'T', system: null, links: [{ url: 'u' }], labels: {}, raw: 1 },
  event: { id: 'e', type: 'incident.created', timestamp: '2026-01-01T00:00:00Z' },
  subscription: { id: 's', name: 'n' },
};

function problems(source: string, target: 'text' | 'json' = 'text'): string[] {
  return templateProblems(source, {
    target,
    properties: propertiesOf(jsonSchemaOf(payload)),
    samples: [sample],
  });
}

const ANYTHING = [{ path: 'payload', type: 'any', description: null, optional: false }];

describe('a template that is saved', () => {
  it.each([
    '{{ payload.title }}',
    '{{ payload.title.size }}',
    '{{ payload.system.owner | default: "nobody" }}',
    '{{ payload.links[0].url }} {{ payload.links.first.url }} {{ payload.links.size }}',
    '{% for link in payload.links %}{{ link.url }}{{ forloop.index }}{% endfor %}',
    '{{ payload.labels.team }} {{ payload.labels["a b"] }}',
    '{{ payload.raw.anything.below }}',
    '{{ payload }} {{ payload.system }}',
    '{{ event.id }} {{ event.type }} {{ event.timestamp }} {{ subscription.id }} {{ subscription.name }}',
    '{% assign x = payload.title %}{{ x | upcase }}',
    '{{ payload.labels[event.type] }}',
  ])('may say %s', (source) => {
    expect(problems(source)).toEqual([]);
  });

  it.each([
    ['{{ payload.titel }}', /'payload.titel' in line 1 is not a path of its events; there are/],
    [
      '\n{{ payload.system.url }}',
      /'payload.system.url' in line 2 .* there are payload.links\[\].url/,
    ],
    ['{{ payload.links[0].href }}', /'payload.links\[0\].href'/],
    ['{% if payload.urgent %}!{% endif %}', /'payload.urgent'/],
    ['{{ incident.title }}', /'incident.title'/],
    ['{{ event.payload }}', /'event.payload'/],
    ['{{ payload.title | shout }}', /undefined filter: shout, line:1/],
    ['{{ payload.title', /not closed/],
    ['{% if payload.title %}', /not closed/],
  ])('may not say %s', (source, message) => {
    expect(problems(source)).toEqual([expect.stringMatching(message)]);
  });

  it('must yield JSON for an example of each of its events', () => {
    expect(problems('{ "t": "{{ payload.title }}" }', 'json')).toEqual([]);
    expect(problems('{ "t": "{{ payload.title }}" ', 'json')).toEqual([
      expect.stringMatching(
        /^does not yield JSON: .*\(tried with an example of incident.created\)$/,
      ),
    ]);
  });

  it('must yield JSON where there is no example to try, as far as its form alone says', () => {
    const expected = { target: 'json' as const, properties: ANYTHING, samples: [] };
    expect(templateProblems('{ "t": {{ payload.title }} }', expected)).toEqual([]);
    expect(templateProblems('{ "t": {{ payload.title }} ', expected)).toEqual([
      expect.stringMatching(/^does not yield JSON/),
    ]);
  });
});
