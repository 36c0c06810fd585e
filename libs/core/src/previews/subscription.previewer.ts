import { patternMatches } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { TrialEvents, type TestEvent } from '../deliveries/trial.events.js';
import type { DeliveredEvent } from '../events/delivered-event.js';
import { DraftOpener, type SubscriptionDraft } from '../subscriptions/draft.opener.js';
import { compileFilter } from '../subscriptions/event-filter.js';
import type {
  BrokenSubscription,
  SubscriptionRuntime,
} from '../subscriptions/subscription-runtime.js';
import type { SubscriptionEntity } from '../subscriptions/subscription.entity.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import { DryRun, undelivered, type DryRunResult } from './dry.run.js';

/** What a subscription would do with an event. */
export interface Rendering extends DryRunResult {
  readonly matches: {
    readonly type: boolean;
    /** True where there is no filter. */
    readonly filter: boolean;
  };
}

export interface SubscriptionPreview {
  readonly event: DeliveredEvent;
  readonly draft: Rendering;
  /** What is stored would do; `null`: the draft is a new subscription. */
  readonly current: Rendering | null;
}

/** Shows what a draft would send, beside what is sent now. Calls nobody, writes nothing. */
@Injectable()
export class SubscriptionPreviewer {
  constructor(
    private readonly drafts: DraftOpener,
    private readonly events: TrialEvents,
    private readonly dryRun: DryRun,
  ) {}

  /** @throws NotFoundError, InvalidInputError with every field that is wrong, InvalidPayloadError */
  async preview(
    draft: SubscriptionDraft,
    test: TestEvent,
    scope: TenantScope,
  ): Promise<SubscriptionPreview> {
    const { row, runtime, stored } = await this.drafts.open(draft, scope);
    const { eventTypes, tenant } = row;
    const event = await this.events.find(test, { eventTypes, tenant: tenant || null }, scope);
    return {
      event,
      draft: await this.rendering(event, row, runtime),
      current: stored && (await this.rendering(event, stored.row, stored.runtime)),
    };
  }

  private async rendering(
    event: DeliveredEvent,
    { eventTypes, filter }: SubscriptionEntity,
    runtime: SubscriptionRuntime | BrokenSubscription,
  ): Promise<Rendering> {
    const matches = {
      type: eventTypes.some((pattern) => patternMatches(pattern, event.type)),
      filter: filter === null || compileFilter(filter)(event.payload),
    };
    return 'broken' in runtime
      ? { matches, ...undelivered(runtime.broken) }
      : { matches, ...(await this.dryRun.of(event, runtime)) };
  }
}
