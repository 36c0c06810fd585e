import { describe, expect, it } from 'vitest';
import { eventIdOf } from './event-id.js';

describe('the id of an event type', () => {
  it('is its hook where no namespace is set', () => {
    expect(eventIdOf('incident.created', undefined)).toBe('incident.created');
  });

  it('is namespaced once, never twice', () => {
    expect(eventIdOf('created', 'incident')).toBe('incident.created');
    expect(eventIdOf('incident.created', 'incident')).toBe('incident.created');
  });

  it('takes a word that only begins like the namespace for what it is', () => {
    expect(eventIdOf('incidental.created', 'incident')).toBe('incident.incidental.created');
  });
});
