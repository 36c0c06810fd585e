/** A delivery that is, or will be, due. */
export interface DueDelivery {
  readonly id: string;
  /** Milliseconds from now; 0: now. */
  readonly inMs: number;
}

export interface Taken {
  readonly count: number;
  /** True: as many as were asked for, so there may be more. */
  readonly mayBeMore: boolean;
}

/**
 * What a queue hands deliveries to. It takes the leases, so a queue may hand one over twice, late,
 * or for a row that is gone: nothing is attempted that is not due and free.
 */
export interface DeliverySink {
  /** How many deliveries can be under way at once. */
  readonly capacity: number;
  /** How many deliveries can be taken now. */
  room(): number;
  /** Resolves once there is room. */
  whenRoom(): Promise<void>;
  /** Leases and starts those of these that are due and free. Resolves when they are leased. */
  take(ids: readonly string[]): Promise<void>;
  /** Leases and starts up to `limit` due deliveries, the longest due first. */
  takeDue(limit: number): Promise<Taken>;
}

/**
 * Tells workers, in this process and others, which deliveries are due. Postgres holds the truth:
 * a queue may lose everything it knows and nothing is lost, only found later, by the sweep.
 */
export abstract class DeliveryQueue {
  /**
   * Makes known that deliveries are due. Never throws and never waits for a queue that is away; what
   * could not be announced is found by the sweep.
   */
  abstract announce(due: readonly DueDelivery[]): void;

  /** Begins to hand deliveries to this process's worker. */
  abstract start(sink: DeliverySink): Promise<void>;

  /** Hands over no more. What was handed over goes on. Idempotent. */
  abstract stop(): Promise<void>;

  /** Deliveries that the queue knows to be waiting; while it has many, the sweep need not help. */
  abstract backlog(): Promise<number>;

  /**
   * Milliseconds for which the loop that hands deliveries over owes a sign of life; 0: none is owed,
   * or the queue is away. Tells a queue that stands still from one that waits.
   */
  abstract stalledMs(): Promise<number>;

  /** Null: reachable. Otherwise the reason, for a health check. */
  abstract problem(): Promise<string | null>;
}
