/** What is left of an event whose payload was erased. */
export interface ErasedPayload {
  readonly eventId: string;
  readonly erasedAt: Date;
  /** Deliveries whose attempts were emptied. */
  readonly deliveries: number;
  /** Those of them that were still to be attempted. */
  readonly cancelled: number;
}

/** The erasure of a tenant's data, done in the background. */
export interface Erasure {
  readonly id: string;
  readonly tenant: string;
  readonly state: 'running' | 'completed';
  readonly requestedBy: string | null;
  /** What has been removed so far. */
  readonly removed: {
    readonly subscriptions: number;
    readonly connections: number;
    readonly deliveries: number;
    readonly attempts: number;
    readonly events: number;
    readonly idempotencyKeys: number;
  };
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface ListErasures {
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}
