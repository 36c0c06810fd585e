/** Is told when a subscription is disabled or deleted, after that is written. */
export abstract class SubscriptionStopped {
  abstract stop(subscriptionId: string, reason: string): Promise<void>;
}
