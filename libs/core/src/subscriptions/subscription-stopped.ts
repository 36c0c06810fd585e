export interface StoppedSubscription {
  readonly id: string;
  /** '' in a single-tenant app. */
  readonly tenant: string;
}

/** Is told when a subscription is disabled or deleted, after that is written. */
export abstract class SubscriptionStopped {
  abstract stop(subscription: StoppedSubscription, reason: string): Promise<void>;
}
