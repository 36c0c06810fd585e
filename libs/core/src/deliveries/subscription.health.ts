import { Injectable, Logger } from '@nestjs/common';
import { SubscriptionService } from '../subscriptions/subscription.service.js';

/** Draws the conclusions from attempts for the subscription as a whole. */
@Injectable()
export class SubscriptionHealth {
  private readonly logger = new Logger('IntegrationDeliveries');
  private readonly disabling = new Set<string>();

  constructor(private readonly subscriptions: SubscriptionService) {}

  /** The receiver is gone for good: stops sending to it. */
  gone(subscriptionId: string, reason: string): void {
    if (this.disabling.has(subscriptionId)) return;
    this.disabling.add(subscriptionId);
    this.subscriptions
      .setEnabled(subscriptionId, { enabled: false, reason }, 'all')
      .then(() => this.logger.warn({ event: 'subscription.disabled', subscriptionId, reason }))
      .catch((error: unknown) =>
        this.logger.error({
          event: 'subscription.not_disabled',
          subscriptionId,
          reason: error instanceof Error ? error.message : String(error),
        }),
      )
      .finally(() => this.disabling.delete(subscriptionId));
  }
}
