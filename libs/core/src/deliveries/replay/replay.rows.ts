import type { ChosenDeliveries } from './replay.selection.js';
import type { Replay, ReplayableStatus, ReplayState } from './replay.types.js';

export interface ReplayRow {
  readonly id: string;
  readonly kind: 'replay' | 'recovery';
  readonly tenant: string | null;
  readonly delivery_ids: string[] | null;
  readonly subscription_id: string | null;
  readonly event_type: string | null;
  readonly status: ReplayableStatus | null;
  readonly accepted_from: Date | null;
  readonly accepted_to: Date | null;
  readonly events_from: Date | null;
  readonly state: ReplayState;
  readonly per_second: number;
  readonly total: number | null;
  readonly done: number;
  readonly phase: 'deliveries' | 'events';
  readonly cursor_type: string | null;
  readonly cursor: string | null;
  readonly note: string | null;
  readonly runner: string | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

export function toReplay(row: ReplayRow): Replay {
  const to = acceptedTo(row);
  return {
    id: row.id,
    kind: row.kind,
    tenant: row.tenant,
    selection: {
      ...(row.delivery_ids !== null && { deliveryIds: row.delivery_ids }),
      ...(row.subscription_id !== null && { subscriptionId: row.subscription_id }),
      ...(row.event_type !== null && { eventType: row.event_type }),
      ...(row.status !== null && { status: row.status }),
      ...(row.accepted_from !== null && { from: row.accepted_from }),
      ...(to !== null && { to }),
    },
    state: row.state,
    perSecond: row.per_second,
    total: row.total,
    done: row.done,
    note: row.note,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

export function chosenBy(row: ReplayRow): ChosenDeliveries {
  return {
    kind: row.kind,
    tenant: row.tenant,
    deliveryIds: row.delivery_ids,
    subscriptionId: row.subscription_id,
    eventType: row.event_type,
    status: row.status,
    from: row.accepted_from,
    to: acceptedTo(row),
    // A Date holds no microseconds: what ended in the millisecond of the start belongs to it.
    endedBefore: new Date(row.created_at.getTime() + 1),
  };
}

/**
 * Beside ids stands a time that nothing is older than: a worker of before there were ids, which does not
 * look at them, then finds nothing to send, rather than everything.
 */
export const BEFORE_ALL = new Date(0);

function acceptedTo({ delivery_ids: deliveryIds, accepted_to: to }: ReplayRow): Date | null {
  return deliveryIds === null ? to : null;
}
