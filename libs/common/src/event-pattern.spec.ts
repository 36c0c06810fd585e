import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_PATTERN_FORM, patternMatches, patternsMatching } from './event-pattern.js';

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const type = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('.'));

describe('event patterns', () => {
  it('looks up every pattern that matches a type, the most exact first', () => {
    expect(patternsMatching('catalog.system.created')).toEqual([
      'catalog.system.created',
      'catalog.system.*',
      'catalog.*',
      '*',
    ]);
  });

  it('matches what it looks up, and nothing else', () => {
    fc.assert(
      fc.property(type, type, (ours, other) => {
        const patterns = patternsMatching(ours);
        expect(patterns.every((pattern) => patternMatches(pattern, ours))).toBe(true);
        for (const pattern of patternsMatching(other)) {
          expect(patternMatches(pattern, ours)).toBe(patterns.includes(pattern));
        }
      }),
    );
  });

  it('leaves the system’s own events to patterns that name them', () => {
    expect(patternsMatching('integration.delivery.failed')).toEqual([
      'integration.delivery.failed',
      'integration.delivery.*',
      'integration.*',
    ]);
    expect(patternMatches('*', 'integration.delivery.failed')).toBe(false);
    expect(patternMatches('integration.*', 'integration.delivery.failed')).toBe(true);
    expect(patternMatches('*', 'integrations.created')).toBe(true);
  });

  it('does not take a word that begins alike for a part of the name', () => {
    expect(patternMatches('incident.*', 'incidental.created')).toBe(false);
    expect(patternMatches('incident.*', 'incident')).toBe(false);
  });

  it.each(['incident.*', '*', 'incident.created', 'a.b-c.d_e'])('allows %s', (pattern) => {
    expect(pattern).toMatch(EVENT_PATTERN_FORM);
  });

  it.each(['', '.', 'incident.', '*.created', 'incident.*.created', 'Incident.created', 'a b'])(
    'refuses %j',
    (pattern) => {
      expect(pattern).not.toMatch(EVENT_PATTERN_FORM);
    },
  );
});
