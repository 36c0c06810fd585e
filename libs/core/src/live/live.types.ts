import type { DeliveryStatus } from '@nest-integrations/common';

interface Change {
  readonly id: string;
  readonly at: string;
}

/** A delivery has another status, or has been attempted once more. */
export interface DeliveryChange extends Change {
  readonly type: 'delivery';
  readonly subscriptionId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
}

export interface SubscriptionChange extends Change {
  readonly type: 'subscription';
  /** `created`, `changed`, `enabled`, `disabled`, `deleted`, `failing`, `recovered`, `circuit` */
  readonly change: string;
}

export interface ReplayChange extends Change {
  readonly type: 'replay';
  readonly state: string;
  readonly done: number;
  readonly total: number | null;
}

export interface ConnectionChange extends Change {
  readonly type: 'connection';
  /** `created`, `changed`, `deleted` */
  readonly change: string;
}

export type LiveChange = DeliveryChange | SubscriptionChange | ReplayChange | ConnectionChange;

/** A change with its place in what this process has told. */
export interface ToldChange {
  readonly sequence: number;
  /** Null: of all tenants, for those who see all. */
  readonly tenant: string | null;
  readonly change: LiveChange;
}

/** `reset`: changes may have been missed. */
export interface LiveListener {
  tell(told: ToldChange): void;
  reset(): void;
}
