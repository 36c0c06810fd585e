import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delivered, rejected, retry } from '../../providers/delivery-outcome.js';
import {
  afterFailures,
  afterProbe,
  afterUnspentProbe,
  CLOSED,
  FailureRuns,
  isProbeDue,
  isReceiverFailure,
  MAX_OPEN_MS,
  PROBE_WITHIN_MS,
  withProbe,
  type Circuit,
} from './circuit.js';

const settings = { failures: 3, openMs: 1_000 };
const open = (nowMs = 0) => afterFailures(CLOSED, nowMs, settings) ?? CLOSED;

describe('a circuit', () => {
  it('opens after failures, for as long as it is set to', () => {
    expect(open(500)).toEqual({ state: 'open', untilMs: 1_500, opened: 1, probeId: null });
  });

  it('is opened by one process only', () => {
    expect(afterFailures(open(), 10, settings)).toBeNull();
  });

  it('lets a probe out once its time is over, and no other while that is on its way', () => {
    expect(isProbeDue(open(), 999)).toBe(false);
    expect(isProbeDue(open(), 1_000)).toBe(true);
    const probing = withProbe(open(), 'd1', 1_000);
    expect(isProbeDue(probing, 1_001)).toBe(false);
    // The probe's process died with it.
    expect(isProbeDue(probing, 1_000 + PROBE_WITHIN_MS)).toBe(true);
  });

  it('closes when the probe gets through', () => {
    const probing = withProbe(open(), 'd1', 1_000);
    const answer = afterProbe(
      probing,
      { deliveryId: 'd1', failed: false },
      { nowMs: 1_100, settings },
    );
    expect(answer).toEqual(CLOSED);
  });

  it('lets the next probe out at once where one never reached the receiver', () => {
    const probing = withProbe(open(), 'd1', 1_000);
    const unspent = afterUnspentProbe(probing, 'd1', 1_100) ?? CLOSED;
    expect(unspent).toEqual({ state: 'open', untilMs: 1_100, opened: 1, probeId: null });
    expect(isProbeDue(unspent, 1_100)).toBe(true);
    expect(afterUnspentProbe(probing, 'd2', 1_100)).toBeNull();
  });

  it('hears of no delivery but its probe', () => {
    const probing = withProbe(open(), 'd1', 1_000);
    const other = { deliveryId: 'd2', failed: false };
    expect(afterProbe(probing, other, { nowMs: 1_100, settings })).toBeNull();
    expect(
      afterProbe(open(), { deliveryId: 'd1', failed: false }, { nowMs: 1, settings }),
    ).toBeNull();
  });

  it('stays open ever longer while probes fail, up to ten minutes', () => {
    let circuit: Circuit = open();
    const waits: number[] = [];
    for (let nowMs = 0; waits.length < 20; nowMs = circuit.untilMs ?? 0) {
      const probing = withProbe(circuit, 'd1', nowMs);
      circuit =
        afterProbe(probing, { deliveryId: 'd1', failed: true }, { nowMs, settings }) ?? CLOSED;
      waits.push((circuit.untilMs ?? 0) - nowMs);
    }
    expect(waits.slice(0, 3)).toEqual([2_000, 4_000, 8_000]);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits.at(-1)).toBe(MAX_OPEN_MS);
  });

  it('whatever happens to it: a probe is let out within ten minutes, and one success closes it', () => {
    const happenings = fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 2 * MAX_OPEN_MS }),
        failed: fc.boolean(),
        deliveryId: fc.constantFrom('d1', 'd2', 'd3'),
        kind: fc.constantFrom('failures', 'probe', 'answer'),
      }),
    );
    fc.assert(
      fc.property(happenings, (all) => {
        let circuit = CLOSED;
        let nowMs = 0;
        for (const { afterMs, failed, deliveryId, kind } of all) {
          nowMs += afterMs;
          if (kind === 'failures') circuit = afterFailures(circuit, nowMs, settings) ?? circuit;
          else if (kind === 'answer') {
            circuit = afterProbe(circuit, { deliveryId, failed }, { nowMs, settings }) ?? circuit;
          } else if (isProbeDue(circuit, nowMs)) circuit = withProbe(circuit, deliveryId, nowMs);
          if (circuit.state !== 'closed')
            expect(isProbeDue(circuit, nowMs + MAX_OPEN_MS)).toBe(true);
        }
        const probing = circuit.state === 'closed' ? null : withProbe(circuit, 'last', nowMs);
        const success = { deliveryId: 'last', failed: false };
        if (probing) expect(afterProbe(probing, success, { nowMs, settings })).toEqual(CLOSED);
      }),
    );
  });
});

describe('what counts as a failure of the receiver', () => {
  it.each([
    ['no answer, 429 or 5xx', retry('The receiver answered 503'), true],
    [
      'an answer that the request is wrong',
      retry('The receiver answered 404', { clientError: true }),
      false,
    ],
    ['a rejection', rejected('gone'), false],
    ['a delivery', delivered(), false],
  ])('%s', (_, outcome, failed) => {
    expect(isReceiverFailure(outcome)).toBe(failed);
  });
});

describe('runs of failures', () => {
  it('are over with a success, and are counted for each receiver', () => {
    const runs = new FailureRuns(3);
    expect([runs.failed('a'), runs.failed('a'), runs.failed('b')]).toEqual([false, false, false]);
    runs.succeeded('a');
    expect([runs.failed('a'), runs.failed('a'), runs.failed('a')]).toEqual([false, false, true]);
    expect([runs.failed('b'), runs.failed('b')]).toEqual([false, true]);
  });

  it('are forgotten beyond ten thousand', () => {
    const runs = new FailureRuns(2);
    for (let n = 0; n < 10_001; n++) runs.failed(`s${n}`);
    expect(runs.failed('s0')).toBe(false);
    expect(runs.failed('s10000')).toBe(true);
  });
});
