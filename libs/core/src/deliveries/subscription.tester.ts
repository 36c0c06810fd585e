import { newId, patternMatches } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { DeliveredEvent } from '../events/delivered-event.js';
import { EventTypeRegistry } from '../events/event-type.registry.js';
import { passPayload } from '../events/payload-gate.js';
import { InvalidInputError } from '../integration.error.js';
import { SubscriptionRuntimeLoader } from '../subscriptions/subscription-runtime.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import type { Subscription, TenantScope } from '../subscriptions/subscription.types.js';
import { DeliveryDispatcher, type DispatchResult } from './delivery.dispatcher.js';
import type { TestAttempt } from './delivery.types.js';

export interface TestEvent {
  /** One of the subscription's own; default: the first that it names. */
  readonly eventType?: string;
  /** What leaves; default: the event type's example. */
  readonly payload?: unknown;
}

const MAX_TEST_PAYLOAD_BYTES = 262_144;
const WATCH_EVERY_MS = 100;

/** Sends a test event to a subscription, now and once, and shows what came of it. Nothing is stored. */
@Injectable()
export class SubscriptionTester {
  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly runtimes: SubscriptionRuntimeLoader,
    private readonly events: EventTypeRegistry,
    private readonly dispatcher: DeliveryDispatcher,
  ) {}

  /**
   * Allowed on a disabled subscription.
   * @throws NotFoundError, InvalidInputError, InvalidPayloadError
   */
  async send(id: string, test: TestEvent, scope: TenantScope): Promise<TestAttempt> {
    const subscription = await this.subscriptions.get(id, scope);
    const event = await this.eventOf(subscription, test);
    const runtime = (await this.runtimes.load([id])).get(id);
    if (!runtime || 'broken' in runtime) {
      throw new InvalidInputError([
        { field: 'config', message: runtime?.broken ?? 'the subscription is gone' },
      ]);
    }
    const dispatched = this.dispatcher.dispatch({
      deliveryId: newId(),
      attempt: 1,
      isReplay: false,
      isTest: true,
      event,
      subscription: runtime,
      thread: null,
    });
    const watch = setInterval(() => {
      if (performance.now() > dispatched.deadline) {
        dispatched.abort('the provider did not end in time');
      }
    }, WATCH_EVERY_MS);
    try {
      return toTestAttempt(await dispatched.result);
    } finally {
      clearInterval(watch);
    }
  }

  private async eventOf(subscription: Subscription, test: TestEvent): Promise<DeliveredEvent> {
    const type = this.events.get(test.eventType ?? this.firstTypeOf(subscription));
    const payloadJson =
      test.payload === undefined
        ? JSON.stringify(type.example)
        : (
            await passPayload(
              { ...type, input: type.payload, transform: (payload) => payload },
              test.payload,
              MAX_TEST_PAYLOAD_BYTES,
            )
          ).json;
    return new DeliveredEvent(
      newId(),
      type.id,
      new Date().toISOString(),
      payloadJson,
      subscription.tenant,
    );
  }

  private firstTypeOf({ eventTypes }: Subscription): string {
    const first = this.events
      .ids()
      .find((id) => eventTypes.some((pattern) => patternMatches(pattern, id)));
    if (first === undefined) {
      throw new InvalidInputError([
        {
          field: 'eventType',
          message: 'name one: none of the subscription’s events is registered',
        },
      ]);
    }
    return first;
  }
}

function toTestAttempt(result: DispatchResult): TestAttempt {
  const { startedAt, latencyMs, outcome, exchange, notes } = result;
  return {
    attempt: 1,
    startedAt,
    latencyMs,
    outcome: outcome.kind,
    isReplay: false,
    error: outcome.kind === 'delivered' ? null : outcome.reason,
    request: exchange?.request ?? null,
    response: exchange?.response ?? null,
    timings: exchange?.timings ?? null,
    nextAttemptAt: null,
    notes,
  };
}
