import {
  CIRCUIT_STATES,
  type DeliveryLimits,
  type DeliveryOrdering,
} from '@nest-integrations/common';
import type { GateState } from './admission.js';

/** A subscription's line of deliveries; `orderKey` null: there is no order. */
export interface Line {
  readonly subscriptionId: string;
  readonly orderKey: string | null;
}

export interface StoredGate extends GateState {
  readonly id: string;
  /** Where the next pass over the keys begins; null: at the first. */
  readonly keyCursor: string | null;
  /** By Postgres's clock, when it was read. */
  readonly nowMs: number;
}

export interface LineRow {
  readonly id: string;
  readonly order_key: string | null;
}

export interface LookRow {
  readonly id: string;
  readonly limits: DeliveryLimits | null;
  readonly ordering: DeliveryOrdering | null;
  readonly enabled: boolean;
  readonly under_way: number;
  readonly is_holding: boolean;
  readonly is_queueing: boolean;
  readonly now_ms: number;
}

export function toLine({ id, order_key }: LineRow): Line {
  return { subscriptionId: id, orderKey: order_key };
}

export interface GateRow {
  readonly id: string;
  readonly circuit: string;
  readonly circuit_until_ms: number | null;
  readonly circuit_opened: number;
  readonly probe_id: string | null;
  readonly next_slot_ms: number | null;
  readonly slowed_to: number | null;
  readonly key_cursor: string | null;
  readonly now_ms: number;
}

export function toGate(row: GateRow): StoredGate {
  return {
    id: row.id,
    circuit: {
      state: CIRCUIT_STATES.find((state) => state === row.circuit) ?? 'closed',
      untilMs: row.circuit_until_ms,
      opened: row.circuit_opened,
      probeId: row.probe_id,
    },
    nextSlotMs: row.next_slot_ms,
    slowedTo: row.slowed_to,
    keyCursor: row.key_cursor,
    nowMs: row.now_ms,
  };
}
