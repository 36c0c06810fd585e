export interface StoppedSubscription {
  readonly id: string;
  /** '' in a single-tenant app. */
  readonly tenant: string;
}

/** Why what was queued for it was cancelled; after it, the reason, if one was given. */
export const WAS_DISABLED = 'The subscription was disabled';

/** Is told when a subscription is disabled or deleted, after that is written. */
export abstract class SubscriptionStopped {
  abstract stop(subscription: StoppedSubscription, reason: string): Promise<void>;
}
