import type { DeliveryLimits, DeliveryOrdering } from '@nest-integrations/common';
import { isProbeDue, type Circuit } from './circuit.js';

/** A gate as it is stored. Times are milliseconds since 1970, by Postgres's clock. */
export interface GateState {
  readonly circuit: Circuit;
  /** When the next attempt may begin, where the rate is limited. */
  readonly nextSlotMs: number | null;
  /** Attempts under way at once while the receiver is slow; null: it is not. */
  readonly slowedTo: number | null;
}

/** What a subscription asks of its gate. */
export interface GateRules {
  readonly limits: DeliveryLimits | null;
  readonly ordering: DeliveryOrdering | null;
  /** False: disabled or deleted. The worker, not the gate, decides what becomes of its deliveries. */
  readonly enabled: boolean;
}

/** What is at a gate. */
export interface GateLoad {
  readonly underWay: number;
  readonly isHolding: boolean;
  /** By Postgres's clock. */
  readonly nowMs: number;
}

export type Admission =
  /** Nothing stands in the way any more: all that it holds becomes due. */
  | { readonly kind: 'release' }
  | { readonly kind: 'wait' }
  | {
      readonly kind: 'admit';
      readonly count: number;
      readonly firstSlotMs: number;
      /** Between one and the next; 0: all at once. */
      readonly stepMs: number;
      readonly isProbe: boolean;
    };

/** Slots are given this far ahead: long enough to be smooth, short enough that a stall loses few. */
export const HORIZON_MS = 500;
/** Admitted in one step. */
export const MAX_ADMITTED = 500;
/** A receiver that keeps up with that many at once is not slow. */
const MAX_SLOWED_TO = 1_024;

const PERIOD_MS = { second: 1_000, minute: 60_000 } as const;

export function admission(state: GateState, rules: GateRules, load: GateLoad): Admission {
  if (!isGated(state, rules)) return { kind: 'release' };
  if (!load.isHolding) return { kind: 'wait' };
  const isProbe = state.circuit.state !== 'closed';
  if (isProbe && !isProbeDue(state.circuit, load.nowMs)) return { kind: 'wait' };
  const { firstSlotMs, stepMs, slots } = slotsOf(state, rules.limits?.rate, load.nowMs);
  const places = placesOf(state, rules) - load.underWay;
  // A probe is one attempt whatever else is under way: those are of the time before it opened.
  const count = isProbe ? Math.min(1, slots) : Math.min(places, slots, MAX_ADMITTED);
  return count < 1 ? { kind: 'wait' } : { kind: 'admit', count, firstSlotMs, stepMs, isProbe };
}

/** Whether deliveries of this subscription have to pass its gate. */
export function isGated({ circuit, slowedTo }: GateState, rules: GateRules): boolean {
  if (!rules.enabled) return false;
  return (
    rules.limits !== null ||
    rules.ordering !== null ||
    circuit.state !== 'closed' ||
    slowedTo !== null
  );
}

/** Whether its places are counted over those that are under way. */
export function countsPlaces(state: GateState, rules: GateRules): boolean {
  return placesOf(state, rules) !== Infinity;
}

/** A slow receiver is given more again as it proves quick, and all once its lane is empty. */
export function slowedToAfter(
  slowedTo: number | null,
  { isQuick, isIdle }: { readonly isQuick: boolean; readonly isIdle: boolean },
): number | null {
  if (slowedTo === null || isIdle) return null;
  if (!isQuick) return slowedTo;
  return slowedTo * 2 > MAX_SLOWED_TO ? null : slowedTo * 2;
}

/** Between two attempts. */
export function stepMsOf({ limit, per }: NonNullable<DeliveryLimits['rate']>): number {
  return PERIOD_MS[per] / limit;
}

function placesOf({ slowedTo }: GateState, { limits }: GateRules): number {
  return Math.min(limits?.maxConcurrency ?? Infinity, slowedTo ?? Infinity);
}

function slotsOf(
  { nextSlotMs }: GateState,
  rate: DeliveryLimits['rate'],
  nowMs: number,
): { firstSlotMs: number; stepMs: number; slots: number } {
  if (!rate) return { firstSlotMs: nowMs, stepMs: 0, slots: Infinity };
  const stepMs = stepMsOf(rate);
  // A slot further ahead than one step is of a slower limit that was changed.
  const firstSlotMs = Math.max(nowMs, Math.min(nextSlotMs ?? nowMs, nowMs + HORIZON_MS + stepMs));
  const ahead = nowMs + HORIZON_MS - firstSlotMs;
  return { firstSlotMs, stepMs, slots: ahead < 0 ? 0 : Math.floor(ahead / stepMs) + 1 };
}
