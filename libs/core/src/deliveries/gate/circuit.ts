import type { CircuitState } from '@nest-integrations/common';
import type { DeliveryOutcome } from '../../providers/delivery-outcome.js';

/** A circuit as it is stored. Times are milliseconds since 1970, by Postgres's clock. */
export interface Circuit {
  readonly state: CircuitState;
  /** `open`: until then nothing is tried. `half_open`: until then the probe may take. */
  readonly untilMs: number | null;
  /** How often it has opened since it was last closed. */
  readonly opened: number;
  /** The delivery that is on its way to see whether the receiver is back. */
  readonly probeId: string | null;
}

export const CLOSED: Circuit = { state: 'closed', untilMs: null, opened: 0, probeId: null };

export interface CircuitSettings {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** How long it stays open the first time; doubles with each probe that fails. */
  readonly openMs: number;
}

export const MAX_OPEN_MS = 600_000;
/** A probe takes no longer than an attempt may, with time to spare; then another one is sent. */
export const PROBE_WITHIN_MS = 90_000;

/** Says nothing of the receiver's health where it answered that the request is wrong. */
export function isReceiverFailure(outcome: DeliveryOutcome): boolean {
  return outcome.kind === 'retry' && !outcome.clientError;
}

/** After too many failures in a row. Null: it is open already. */
export function afterFailures(
  circuit: Circuit,
  nowMs: number,
  settings: CircuitSettings,
): Circuit | null {
  return circuit.state === 'closed' ? opened(circuit, nowMs, settings) : null;
}

/** A probe may go out now. */
export function isProbeDue({ state, untilMs }: Circuit, nowMs: number): boolean {
  return state !== 'closed' && (untilMs ?? 0) <= nowMs;
}

export function withProbe(circuit: Circuit, probeId: string, nowMs: number): Circuit {
  return { ...circuit, state: 'half_open', probeId, untilMs: nowMs + PROBE_WITHIN_MS };
}

/** After a probe. Null: it was not the one that counts. */
export function afterProbe(
  circuit: Circuit,
  probe: { readonly deliveryId: string; readonly failed: boolean },
  { nowMs, settings }: { readonly nowMs: number; readonly settings: CircuitSettings },
): Circuit | null {
  if (circuit.state !== 'half_open' || circuit.probeId !== probe.deliveryId) return null;
  return probe.failed ? opened(circuit, nowMs, settings) : CLOSED;
}

/** After a probe that never reached the receiver: the next delivery may be one at once. */
export function afterUnspentProbe(
  circuit: Circuit,
  deliveryId: string,
  nowMs: number,
): Circuit | null {
  if (circuit.state !== 'half_open' || circuit.probeId !== deliveryId) return null;
  return { ...circuit, state: 'open', untilMs: nowMs, probeId: null };
}

function opened(circuit: Circuit, nowMs: number, { openMs }: CircuitSettings): Circuit {
  const forMs = Math.min(MAX_OPEN_MS, openMs * 2 ** Math.min(circuit.opened, 30));
  return {
    state: 'open',
    untilMs: nowMs + forMs,
    opened: circuit.opened + 1,
    probeId: null,
  };
}

/** Receivers whose last attempts all failed; bounded, the one that failed first is forgotten first. */
export class FailureRuns {
  private readonly runs = new Map<string, number>();

  constructor(private readonly failures: number) {}

  succeeded(subscriptionId: string): void {
    if (this.runs.size > 0) this.runs.delete(subscriptionId);
  }

  /** True: that were too many in a row. */
  failed(subscriptionId: string): boolean {
    const run = (this.runs.get(subscriptionId) ?? 0) + 1;
    this.runs.delete(subscriptionId);
    if (run >= this.failures) return true;
    this.runs.set(subscriptionId, run);
    if (this.runs.size > MAX_RUNS) {
      const [oldest] = this.runs.keys();
      if (oldest !== undefined) this.runs.delete(oldest);
    }
    return false;
  }
}

const MAX_RUNS = 10_000;
