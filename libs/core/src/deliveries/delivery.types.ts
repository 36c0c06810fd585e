import type { AttemptOutcome, DeliveryStatus } from '@nest-integrations/common';

/** A delivery as admins see it. */
export interface Delivery {
  readonly id: string;
  readonly tenant: string | null;
  readonly eventId: string;
  readonly eventType: string;
  readonly subscriptionId: string;
  /** `null`: the subscription is deleted. */
  readonly subscriptionName: string | null;
  /** What it is delivered by now; `null`: the subscription is deleted. */
  readonly provider: string | null;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly isReplay: boolean;
  readonly createdAt: Date;
  /** When the next attempt is due; `null` once it is final. */
  readonly dueAt: Date | null;
  readonly finishedAt: Date | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly externalId: string | null;
  /** Where that can be looked at. */
  readonly externalUrl: string | null;
}

export interface DeliveryDetails extends Delivery {
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly occurredAt: Date;
    /** JSON text, as accepted; `null` where it was removed. */
    readonly payloadJson: string;
    /** When the payload was removed, by retention or an erasure; `null`: it is there, or all of the event is gone. */
    readonly payloadRemovedAt: Date | null;
  };
  /** Oldest first. */
  readonly log: readonly Attempt[];
}

/** One call of a provider. */
export interface Attempt {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly latencyMs: number;
  readonly outcome: AttemptOutcome;
  readonly isReplay: boolean;
  readonly error: string | null;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
  } | null;
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[]>>;
    readonly body: string;
    readonly truncated: boolean;
  } | null;
  /** Milliseconds. */
  readonly timings: {
    readonly dnsMs?: number;
    readonly connectMs?: number;
    readonly tlsMs?: number;
    readonly firstByteMs?: number;
    readonly totalMs: number;
  } | null;
  readonly nextAttemptAt: Date | null;
  /** Lines of the provider, and of the console of its scripts: secrets redacted, cut to 16 KiB. */
  readonly notes: readonly string[];
}

/** What came of a test; `cancelled`: its transformation found that the event is not wanted. */
export interface TestAttempt extends Omit<Attempt, 'outcome'> {
  readonly outcome: AttemptOutcome | 'cancelled';
}

export interface ListDeliveries {
  readonly subscriptionId?: string;
  readonly eventId?: string;
  readonly eventType?: string;
  /** One of these. */
  readonly status?: DeliveryStatus | readonly DeliveryStatus[];
  /** Of subscriptions that deliver by it now. */
  readonly provider?: string;
  /**
   * An id, or how one begins: the delivery's, its event's (from its first 12 digits on) or the one that
   * the receiver gave it (of which at most 1,000 are looked at).
   */
  readonly search?: string;
  /** Accepted at or after. */
  readonly from?: Date;
  /** Accepted before. */
  readonly to?: Date;
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}
