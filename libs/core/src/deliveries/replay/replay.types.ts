export const REPLAYABLE_STATUSES = ['delivered', 'failed', 'cancelled'] as const;
export type ReplayableStatus = (typeof REPLAYABLE_STATUSES)[number];

export const REPLAY_STATES = ['running', 'paused', 'completed', 'cancelled'] as const;
export type ReplayState = (typeof REPLAY_STATES)[number];

export const MAX_REPLAYS_PER_SECOND = 1_000;
export const DEFAULT_REPLAYS_PER_SECOND = 50;

export const MAX_CHOSEN_DELIVERIES = 1_000;

/** Which deliveries to send again: all that fit. Those that are under way are left alone. */
export interface ReplaySelection {
  /** These and no others, 1,000 at most: with none of the conditions below. */
  readonly deliveryIds?: readonly string[];
  readonly subscriptionId?: string;
  readonly eventType?: string;
  /** Default: every one that is final. */
  readonly status?: ReplayableStatus;
  /** Accepted at or after. */
  readonly from?: Date;
  /** Accepted before. */
  readonly to?: Date;
}

export interface StartReplay extends ReplaySelection {
  /** Deliveries a second, 1 to 1,000. Default 50. */
  readonly perSecond?: number;
}

export interface Recover {
  /** Default: since the subscription was last disabled, or began to fail. */
  readonly since?: Date;
  /** Deliveries a second, 1 to 1,000. Default 50. */
  readonly perSecond?: number;
}

/** What a recovery would send. */
export interface Recoverable {
  readonly since: Date;
  /** Failed and cancelled deliveries, accepted or ended since. Null: too many to count in time. */
  readonly deliveries: number | null;
  /** Events of its types that have no delivery for it. Null: too many to count in time. */
  readonly events: number | null;
  /** True: its filter will leave some of the events out. */
  readonly eventsAreUpperBound: boolean;
}

/** A job that sends many deliveries again. */
export interface Replay {
  readonly id: string;
  /** `recovery` also makes the deliveries that are missing. */
  readonly kind: 'replay' | 'recovery';
  /** Null: of all tenants. '' is the one of a single-tenant app. */
  readonly tenant: string | null;
  readonly selection: ReplaySelection;
  readonly state: ReplayState;
  readonly perSecond: number;
  /**
   * Counted at its start; null: too many to count in time. A recovery may do fewer, where a filter
   * leaves events out.
   */
  readonly total: number | null;
  /** Deliveries that it has restarted or made. */
  readonly done: number;
  /** Why it ended early. */
  readonly note: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface ListReplays {
  readonly subscriptionId?: string;
  readonly state?: ReplayState;
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}
