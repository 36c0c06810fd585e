import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { IntegrationEvent } from './integration-event.decorator.js';

const subscription = z.object({
  id: z.uuid(),
  name: z.string(),
  tenant: z.string().nullable().describe('Null in a single-tenant app'),
  provider: z.string().describe('The provider’s id, like webhook'),
});

const deliveryFailed = z.object({
  delivery: z.object({
    id: z.uuid(),
    attempts: z.number().int().describe('Made in all'),
    lastStatus: z.number().int().nullable().describe('HTTP status of the last answer'),
    failedAt: z.iso.datetime(),
  }),
  event: z.object({ id: z.uuid(), type: z.string() }),
  subscription,
  reason: z.string().nullable().describe('Why the last attempt failed'),
  alsoFailed: z
    .number()
    .int()
    .describe('Further deliveries of this subscription that failed and get no event of their own'),
});

const subscriptionFailing = z.object({
  subscription,
  failingSince: z.iso.datetime().describe('No attempt has succeeded since'),
  failures: z.number().int().describe('Failed attempts since'),
  reason: z.string().nullable().describe('Why the last attempt failed'),
  willBeDisabledAt: z.iso.datetime(),
});

const subscriptionDisabled = z.object({
  subscription,
  reason: z.string(),
  disabledAt: z.iso.datetime(),
  failingSince: z.iso.datetime().nullable(),
});

const subscriptionRecovered = z.object({
  subscription,
  failingSince: z.iso.datetime().nullable().describe('Null: it failed before it was enabled again'),
  recoveredAt: z.iso.datetime(),
});

export type OperationalSubscription = z.output<typeof subscription>;
export type DeliveryFailed = z.output<typeof deliveryFailed>;
export type SubscriptionFailing = z.output<typeof subscriptionFailing>;
export type SubscriptionDisabled = z.output<typeof subscriptionDisabled>;
export type SubscriptionRecovered = z.output<typeof subscriptionRecovered>;

const CATEGORY = 'Integrations';

const exampleSubscription: OperationalSubscription = {
  id: '0198c5e2-7a7e-7000-8000-000000000001',
  name: 'On-call webhook',
  tenant: null,
  provider: 'webhook',
};

/** The system's own events, to be subscribed to like any other by patterns that name `integration.`. */
@Injectable()
export class OperationalEvents {
  @IntegrationEvent({
    hook: 'integration.delivery.failed',
    displayName: 'Delivery failed',
    description: 'A delivery was rejected, or its last retry failed. It is not attempted again.',
    category: CATEGORY,
    payload: deliveryFailed,
    example: {
      delivery: {
        id: '0198c5e2-7a7e-7000-8000-000000000002',
        attempts: 10,
        lastStatus: 503,
        failedAt: '2026-01-31T12:00:00.000Z',
      },
      event: { id: '0198c5e2-7a7e-7000-8000-000000000003', type: 'incident.created' },
      subscription: exampleSubscription,
      reason: 'HTTP 503',
      alsoFailed: 0,
    },
  })
  deliveryFailed(payload: DeliveryFailed): DeliveryFailed {
    return payload;
  }

  @IntegrationEvent({
    hook: 'integration.subscription.failing',
    displayName: 'Subscription failing',
    description: 'Every attempt has failed for some time. It is disabled if that goes on.',
    category: CATEGORY,
    payload: subscriptionFailing,
    example: {
      subscription: exampleSubscription,
      failingSince: '2026-01-31T12:00:00.000Z',
      failures: 12,
      reason: 'HTTP 503',
      willBeDisabledAt: '2026-02-05T12:00:00.000Z',
    },
  })
  subscriptionFailing(payload: SubscriptionFailing): SubscriptionFailing {
    return payload;
  }

  @IntegrationEvent({
    hook: 'integration.subscription.disabled',
    displayName: 'Subscription disabled',
    description:
      'Nothing is delivered to it until it is enabled again; what it missed can be recovered.',
    category: CATEGORY,
    payload: subscriptionDisabled,
    example: {
      subscription: exampleSubscription,
      reason: 'Every attempt has failed since 2026-01-31T12:00:00.000Z',
      disabledAt: '2026-02-05T12:00:00.000Z',
      failingSince: '2026-01-31T12:00:00.000Z',
    },
  })
  subscriptionDisabled(payload: SubscriptionDisabled): SubscriptionDisabled {
    return payload;
  }

  @IntegrationEvent({
    hook: 'integration.subscription.recovered',
    displayName: 'Subscription recovered',
    description: 'The first success of a subscription that was failing or disabled.',
    category: CATEGORY,
    payload: subscriptionRecovered,
    example: {
      subscription: exampleSubscription,
      failingSince: '2026-01-31T12:00:00.000Z',
      recoveredAt: '2026-01-31T15:00:00.000Z',
    },
  })
  subscriptionRecovered(payload: SubscriptionRecovered): SubscriptionRecovered {
    return payload;
  }
}
