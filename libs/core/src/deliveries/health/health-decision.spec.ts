import { describe, expect, it } from 'vitest';
import { healthDecision } from './health-decision.js';

const limits = { failingAfterMs: 100, disableAfterMs: 500 };

describe('the decision about a failing subscription', () => {
  it.each([
    [99, false, 'wait'],
    [100, false, 'announce'],
    [100, true, 'wait'],
    [499, true, 'wait'],
    [500, true, 'disable'],
    [500, false, 'disable'],
  ] as const)('after %i ms, announced: %s → %s', (failingForMs, isAnnounced, decision) => {
    expect(healthDecision({ failingForMs, isAnnounced }, limits)).toBe(decision);
  });

  it('disables where the warning time is the longer one', () => {
    const odd = { failingAfterMs: 900, disableAfterMs: 500 };
    expect(healthDecision({ failingForMs: 500, isAnnounced: false }, odd)).toBe('disable');
  });
});
