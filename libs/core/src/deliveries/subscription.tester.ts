import { newId } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import type { DeliveredEvent } from '../events/delivered-event.js';
import { InvalidInputError } from '../integration.error.js';
import { DraftOpener, type SubscriptionDraft } from '../subscriptions/draft.opener.js';
import {
  SubscriptionRuntimeLoader,
  type SubscriptionRuntime,
} from '../subscriptions/subscription-runtime.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import type { TenantScope } from '../subscriptions/subscription.types.js';
import { DeliveryDispatcher, type DispatchResult } from './delivery.dispatcher.js';
import type { TestAttempt } from './delivery.types.js';
import { TrialEvents, type TestEvent } from './trial.events.js';

const WATCH_EVERY_MS = 100;

/** Sends a test event to a subscription, now and once, and shows what came of it. Nothing is stored. */
@Injectable()
export class SubscriptionTester {
  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly runtimes: SubscriptionRuntimeLoader,
    private readonly events: TrialEvents,
    private readonly drafts: DraftOpener,
    private readonly dispatcher: DeliveryDispatcher,
  ) {}

  /**
   * Allowed on a disabled subscription.
   * @throws NotFoundError, InvalidInputError, InvalidPayloadError
   */
  async send(id: string, test: TestEvent, scope: TenantScope): Promise<TestAttempt> {
    const { eventTypes, tenant } = await this.subscriptions.get(id, scope);
    const event = await this.events.find(test, { eventTypes, tenant }, scope);
    const runtime = (await this.runtimes.load([id])).get(id);
    if (!runtime || 'broken' in runtime) {
      throw new InvalidInputError([
        { field: 'config', message: runtime?.broken ?? 'the subscription is gone' },
      ]);
    }
    return this.attempt(event, runtime);
  }

  /** The same for a draft. @throws NotFoundError, InvalidInputError, InvalidPayloadError */
  async sendDraft(
    draft: SubscriptionDraft,
    test: TestEvent,
    scope: TenantScope,
  ): Promise<TestAttempt> {
    const { row, runtime } = await this.drafts.open(draft, scope);
    const { eventTypes, tenant } = row;
    const event = await this.events.find(test, { eventTypes, tenant: tenant || null }, scope);
    return this.attempt(event, runtime);
  }

  private async attempt(event: DeliveredEvent, runtime: SubscriptionRuntime): Promise<TestAttempt> {
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
