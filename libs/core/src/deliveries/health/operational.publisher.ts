import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { IntegrationPublisher } from '../../events/integration.publisher.js';
import type {
  DeliveryFailed,
  SubscriptionDisabled,
  SubscriptionFailing,
  SubscriptionRecovered,
} from '../../events/operational-events.js';

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

/** Publishes the system's own events to the tenant of the subscription that they tell of. */
@Injectable()
export class OperationalPublisher {
  constructor(private readonly publisher: IntegrationPublisher) {}

  /** In the transaction of the change that it tells of: there is neither without the other. */
  async publishWithin(manager: EntityManager, event: OperationalEvent): Promise<void> {
    await this.publisher.publish(event.type, event.payload, { ...tenantOf(event), manager });
  }

  /** Once for a key, however often it is called. */
  async publishOnce(event: OperationalEvent, idempotencyKey: string): Promise<void> {
    await this.publisher.publish(event.type, event.payload, { ...tenantOf(event), idempotencyKey });
  }
}

function tenantOf({ payload }: OperationalEvent): { tenant?: string } {
  const { tenant } = payload.subscription;
  return tenant === null ? {} : { tenant };
}
