import { describe, expect, it } from 'vitest';
import { completionsAt } from './liquid-completion';

const paths = [
  { path: 'payload.title', type: 'string', description: 'What happened' },
  { path: 'payload.links', type: 'array' },
  { path: 'payload.links[].url', type: 'string' },
  { path: 'payload.labels.*', type: 'string' },
];
const labels = (before: string) =>
  completionsAt(before, paths)?.completions.map(({ label }) => label) ?? [];

describe('completion in a template', () => {
  it('offers nothing in plain text, or behind a tag that is closed', () => {
    expect(completionsAt('Hello pay', paths)).toBeNull();
    expect(completionsAt('{{ payload.title }} pay', paths)).toBeNull();
  });

  it('offers the payload’s paths within braces, from where the word begins', () => {
    const at = completionsAt('Hi {{ payload.ti', paths);
    expect(at?.from).toBe('Hi {{ '.length);
    expect(labels('Hi {{ payload.ti')).toContain('payload.title');
    expect(labels('{% if ')).toContain('payload.title');
  });

  it('offers items of a list as Liquid reaches them', () => {
    expect(labels('{{ ')).toContain('payload.links[0].url');
    expect(labels('{{ ')).not.toContain('payload.links[].url');
    expect(labels('{% for link in payload.links %}{{ ')).toContain('link.url');
    expect(labels('{% for link in payload.links %}{% endfor %}{{ ')).not.toContain('link.url');
  });

  it('offers no path whose name nobody knows', () => {
    expect(labels('{{ ').some((label) => label.includes('*'))).toBe(false);
  });

  it('offers filters behind a bar, and tags at the beginning of one', () => {
    expect(labels('{{ payload.title | up')).toContain('upcase');
    expect(labels('{% f')).toContain('for');
  });
});
