import type { DeliveryStatus } from '@nest-integrations/common';
import type { Delivery } from './delivery.types.js';

/** Deliveries by status. */
export type DeliveryCounts = Readonly<Record<DeliveryStatus, number>>;

/** One occurrence, as admins see it. */
export interface StoredEvent {
  readonly id: string;
  readonly tenant: string | null;
  readonly type: string;
  readonly occurredAt: Date;
  readonly acceptedAt: Date;
  /** When retention or an erasure removed the payload; `null`: it is there. */
  readonly payloadRemovedAt: Date | null;
  readonly deliveries: DeliveryCounts;
}

export interface StoredEventDetails extends StoredEvent {
  readonly idempotencyKey: string | null;
  /** JSON text, as accepted; `null` where it was removed. */
  readonly payloadJson: string | null;
  /** The newest, 200 at most. */
  readonly fanOut: readonly Delivery[];
}

export interface ListEvents {
  readonly type?: string;
  /** Accepted at or after. */
  readonly from?: Date;
  /** Accepted before. */
  readonly to?: Date;
  /** An event's id, or how it begins. */
  readonly search?: string;
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}
