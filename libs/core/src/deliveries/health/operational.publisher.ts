import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { IntegrationPublisher, type PublishWithin } from '../../events/integration.publisher.js';
import type {
  DeliveryFailed,
  SubscriptionDisabled,
  SubscriptionFailing,
  SubscriptionRecovered,
} from '../../events/operational-events.js';
import { InvalidPayloadError, PayloadTooLargeError } from '../../integration.error.js';

interface OperationalPayloads {
  'integration.delivery.failed': DeliveryFailed;
  'integration.subscription.failing': SubscriptionFailing;
  'integration.subscription.disabled': SubscriptionDisabled;
  'integration.subscription.recovered': SubscriptionRecovered;
}

export type OperationalEvent = {
  [Type in keyof OperationalPayloads]: {
    readonly type: Type;
    readonly payload: OperationalPayloads[Type];
  };
}[keyof OperationalPayloads];

/**
 * Publishes the system's own events to the tenant of the subscription that they tell of. One that can
 * never be accepted (the app allows smaller payloads only) is logged: what it tells of goes on.
 */
@Injectable()
export class OperationalPublisher {
  private readonly logger = new Logger('IntegrationDeliveries');

  constructor(private readonly publisher: IntegrationPublisher) {}

  /** In the transaction of the change that it tells of: there is neither without the other. */
  publishWithin(manager: EntityManager, event: OperationalEvent): Promise<void> {
    return this.publish(event, { manager });
  }

  /** Once for a key, however often it is called. @throws AcceptFailedError */
  publishOnce(event: OperationalEvent, idempotencyKey: string): Promise<void> {
    return this.publish(event, { idempotencyKey });
  }

  private async publish(event: OperationalEvent, options: PublishWithin): Promise<void> {
    try {
      await this.publisher.publish(event.type, event.payload, { ...tenantOf(event), ...options });
    } catch (error) {
      // Refused before anything was written: another try would end the same.
      if (!(error instanceof PayloadTooLargeError || error instanceof InvalidPayloadError)) {
        throw error;
      }
      this.logger.error({
        event: 'operational_event.refused',
        eventType: event.type,
        subscriptionId: event.payload.subscription.id,
        reason: error.message,
      });
    }
  }
}

function tenantOf({ payload }: OperationalEvent): { tenant?: string } {
  const { tenant } = payload.subscription;
  return tenant === null ? {} : { tenant };
}
