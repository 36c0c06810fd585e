import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admission,
  HORIZON_MS,
  MAX_ADMITTED,
  slowedToAfter,
  type GateLoad,
  type GateRules,
  type GateState,
} from './admission.js';
import { CLOSED } from './circuit.js';

const state: GateState = { circuit: CLOSED, nextSlotMs: null, slowedTo: null };
const rules: GateRules = { limits: null, ordering: null, enabled: true };
const load: GateLoad = { underWay: 0, isHolding: true, nowMs: 10_000 };
const opened = { state: 'open', untilMs: 11_000, opened: 1, probeId: null } as const;

describe('a gate', () => {
  it('lets all out where nothing is limited, ordered, failing or slow', () => {
    expect(admission(state, rules, load)).toEqual({ kind: 'release' });
  });

  it('is none for a disabled subscription: the worker cancels what it holds', () => {
    const disabled = { ...rules, ordering: {}, enabled: false };
    expect(admission(state, disabled, load)).toEqual({ kind: 'release' });
  });

  it('lets pass as many as there are places', () => {
    const limited = { ...rules, limits: { maxConcurrency: 5 } };
    expect(admission(state, limited, { ...load, underWay: 2 })).toMatchObject({
      count: 3,
      stepMs: 0,
    });
    expect(admission(state, limited, { ...load, underWay: 5 })).toEqual({ kind: 'wait' });
    // The limit was higher a moment ago.
    expect(admission(state, limited, { ...load, underWay: 9 })).toEqual({ kind: 'wait' });
  });

  it('gives a slow receiver no more than it was slowed to', () => {
    const slow = { ...state, slowedTo: 2 };
    expect(admission(slow, rules, load)).toMatchObject({ count: 2 });
    const limited = { ...rules, limits: { maxConcurrency: 1 } };
    expect(admission(slow, limited, load)).toMatchObject({ count: 1 });
  });

  it('lets out at most one step’s worth', () => {
    expect(admission(state, { ...rules, ordering: {} }, load)).toMatchObject({
      count: MAX_ADMITTED,
    });
  });

  it('waits while the circuit is open, then lets one probe pass', () => {
    const open = { ...state, circuit: opened };
    expect(admission(open, rules, load)).toEqual({ kind: 'wait' });
    const later = { ...load, nowMs: 11_000, underWay: 50 };
    expect(admission(open, rules, later)).toMatchObject({ count: 1, isProbe: true });
  });

  it('gives the slots of a rate a short while ahead', () => {
    const limited = { ...rules, limits: { rate: { limit: 10, per: 'second' } } } as const;
    expect(admission(state, limited, load)).toMatchObject({
      count: 6,
      firstSlotMs: 10_000,
      stepMs: 100,
    });
    const ahead = { ...state, nextSlotMs: 10_450 };
    expect(admission(ahead, limited, load)).toMatchObject({ count: 1, firstSlotMs: 10_450 });
    expect(admission({ ...state, nextSlotMs: 10_550 }, limited, load)).toEqual({ kind: 'wait' });
  });

  it('forgets the far slots of a rate that was slower', () => {
    const limited = { ...rules, limits: { rate: { limit: 10, per: 'second' } } } as const;
    const slow = { ...state, nextSlotMs: 70_000 };
    expect(admission(slow, limited, load)).toEqual({ kind: 'wait' });
    expect(admission(slow, limited, { ...load, nowMs: 70_000 })).toMatchObject({ kind: 'admit' });
  });

  it('never gives more slots in a period than its rate, however often it is asked', () => {
    const asks = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), asks, (limit, waits) => {
        const limited = { ...rules, limits: { rate: { limit, per: 'second' } } } as const;
        let gate = state;
        let nowMs = 0;
        const slots: number[] = [];
        for (const wait of waits) {
          nowMs += wait;
          const decided = admission(gate, limited, { ...load, nowMs });
          if (decided.kind !== 'admit') continue;
          for (let nth = 0; nth < decided.count; nth++) {
            slots.push(decided.firstSlotMs + nth * decided.stepMs);
          }
          gate = { ...gate, nextSlotMs: decided.firstSlotMs + decided.count * decided.stepMs };
          expect(slots.at(-1)).toBeLessThanOrEqual(nowMs + HORIZON_MS + 0.001);
        }
        for (const [i, slot] of slots.entries()) {
          const next = slots[i + limit];
          if (next !== undefined) expect(next - slot).toBeGreaterThanOrEqual(999.999);
        }
      }),
    );
  });
});

describe('a slow receiver', () => {
  it('is given more again as it proves quick, and all once nothing of it is left', () => {
    expect(slowedToAfter(8, { isQuick: false, isIdle: false })).toBe(8);
    expect(slowedToAfter(8, { isQuick: true, isIdle: false })).toBe(16);
    expect(slowedToAfter(1_000, { isQuick: true, isIdle: false })).toBeNull();
    expect(slowedToAfter(8, { isQuick: false, isIdle: true })).toBeNull();
    expect(slowedToAfter(null, { isQuick: true, isIdle: false })).toBeNull();
  });
});
