import { describe, expect, it } from 'vitest';
import { checkedOutcome } from './checked-outcome.js';
import { delivered, rejected, retry } from './delivery-outcome.js';

describe('what a provider returned', () => {
  it.each([delivered({ externalId: 'A-1' }), retry('busy', { afterMs: 5 }), rejected('no')])(
    'passes an outcome on: %j',
    (outcome) => {
      expect(checkedOutcome(outcome, 'pager')).toEqual(outcome);
    },
  );

  it.each([undefined, null, 'ok', 200, {}, { kind: 'done' }, { kind: 'retry' }])(
    'is a failed attempt with the cure in its reason where it is nonsense: %j',
    (returned) => {
      expect(checkedOutcome(returned, 'pager')).toEqual({
        kind: 'retry',
        reason:
          "The provider 'pager' returned no outcome: return delivered(), retry() or rejected()",
      });
    },
  );

  it('mends a wait that is no number', () => {
    expect(checkedOutcome(retry('busy', { afterMs: Number.NaN }), 'pager')).toMatchObject({
      afterMs: 0,
    });
  });

  it('offers no link that is not one of the web', () => {
    const bad = delivered({ externalId: 'A-1', externalUrl: 'javascript:alert(1)' });
    expect(checkedOutcome(bad, 'pager')).toEqual({ kind: 'delivered', externalId: 'A-1' });
    const good = delivered({ externalId: 'A-1', externalUrl: 'https://pager.example/A-1' });
    expect(checkedOutcome(good, 'pager')).toEqual(good);
  });

  it('disables for a reason that the database can hold, whatever the receiver said', () => {
    const gone = rejected('gone: \0bye', { disableSubscription: true });
    expect(checkedOutcome(gone, 'pager')).toEqual({ ...gone, reason: 'gone: bye' });
  });

  it('stores no external id that the database can’t hold', () => {
    const outcome = checkedOutcome(delivered({ externalId: `a\0${'b'.repeat(900)}` }), 'pager');
    expect(outcome).toMatchObject({ externalId: `a${'b'.repeat(499)}` });
  });
});
