import { newId } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { AttemptContext, type AttemptDoors } from '../deliveries/attempt-context.js';
import {
  applyTransformed,
  outcomeOfCall,
  unknownProvider,
  type Cancelled,
} from '../deliveries/attempt-outcome.js';
import type { DeliveredEvent } from '../events/delivered-event.js';
import { DryOutbound } from '../http/dry-outbound.js';
import { OutboundHttp } from '../http/outbound-http.js';
import { OutboundHttpError } from '../http/outbound-http.types.js';
import { RecordedHttp } from '../http/recorded-http.js';
import type { RecordedExchange } from '../http/recorded-exchange.js';
import type { SocketClient } from '../http/socket-client.js';
import { recordedTold } from '../http/told-exchange.js';
import { OAuthTokens } from '../oauth/oauth-tokens.js';
import { delivered, rejected, type DeliveryOutcome } from '../providers/delivery-outcome.js';
import type { DeliveryThread } from '../providers/delivery-provider.js';
import { ProviderRegistry, type BoundProvider } from '../providers/provider.registry.js';
import { kindOf, newSigningSecret } from '../subscriptions/signing-secrets.js';
import type { SubscriptionRuntime } from '../subscriptions/subscription-runtime.js';
import { ThreadStore, type BrokenThread, type KnownThread } from '../threads/thread.store.js';
import { EventTransformer, type Transformed } from '../transformations/event.transformer.js';

/** What a delivery would do. */
export interface DryRunResult {
  /** `null`: it has no transformation. */
  readonly transformed: Transformed | null;
  /** In their order, secrets redacted. What follows the first may depend on how that is answered. */
  readonly requests: readonly RecordedExchange['request'][];
  /** As far as it does not depend on the receiver: `delivered` says only that nothing is in the way. */
  readonly outcome: DeliveryOutcome | Cancelled;
  readonly notes: readonly string[];
  /** What it would join or, as long as that has no id outside, open; `null`: it belongs to none. */
  readonly thread: DeliveryThread | null;
}

const TIMEOUT_MS = 10_000;

/** One that ends before it is attempted. */
export function undelivered(reason: string): DryRunResult {
  const outcome = rejected(reason);
  return { transformed: null, requests: [], outcome, notes: [], thread: null };
}

/** Runs a delivery up to the point where it would leave. Nothing leaves, and nothing is stored. */
@Injectable()
export class DryRun {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly http: OutboundHttp,
    private readonly transformer: EventTransformer,
    private readonly threads: ThreadStore,
  ) {}

  async of(event: DeliveredEvent, subscription: SubscriptionRuntime): Promise<DryRunResult> {
    const { secretValues, transform, id: subscriptionId } = subscription;
    const thread = await this.threadOf(event, subscription);
    if (thread && 'broken' in thread) return undelivered(thread.broken);
    const http = new RecordedHttp({
      http: new DryOutbound(this.http),
      timeoutMs: TIMEOUT_MS,
      secretValues,
      keeps: 'every',
    });
    const context = new AttemptContext(
      {
        deliveryId: newId(),
        attempt: 1,
        isReplay: false,
        isTest: true,
        event,
        // A signature by the real ones would be good for a request of someone else's.
        subscription: { ...subscription, signingSecrets: throwaway(subscription) },
        thread,
      },
      { http, sockets: NO_SOCKETS, oauth: DRY_OAUTH },
    );
    const transformed =
      transform === null
        ? null
        : await this.transformer.transform(event, { subscriptionId, transform });
    const stopped = transformed && applyTransformed(context, transformed);
    const outcome = stopped ?? (await this.call(context));
    const told = context.told.map((each) => recordedTold(each, http.secretValues));
    const requests = [...http.exchanges(), ...told].map(({ request }) => request);
    return { transformed, requests, outcome, notes: context.notes, thread };
  }

  private async threadOf(
    event: DeliveredEvent,
    { id: subscriptionId, threadKey }: SubscriptionRuntime,
  ): Promise<KnownThread | BrokenThread | null> {
    if (!threadKey) return null;
    const [thread = null] = await this.threads.find([{ subscriptionId, threadKey, event }]);
    return thread;
  }

  private async call(context: AttemptContext): Promise<DeliveryOutcome> {
    const id = context.request.subscription.provider;
    const provider = this.providers.find(id);
    if (!provider) return rejected(unknownProvider(id));
    const timer = setTimeout(() => context.abort('the provider did not end in time'), TIMEOUT_MS);
    try {
      return await outcomeOfCall(context, provider, (bound) => previewed(bound, context));
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A provider that sends by other means than `context.http` says itself what it would send. */
async function previewed(
  { instance }: BoundProvider,
  context: AttemptContext,
): Promise<DeliveryOutcome> {
  if (!instance.preview) return instance.deliver(context);
  const ended = await instance.preview(context);
  return ended ?? delivered();
}

function throwaway({ signingSecrets }: SubscriptionRuntime): SubscriptionRuntime['signingSecrets'] {
  return signingSecrets.map(({ secret }) => newSigningSecret(kindOf(secret)));
}

function refused(): OutboundHttpError {
  return new OutboundHttpError('aborted', 'a dry run connects to nothing', { totalMs: 0 });
}

const NO_SOCKETS: SocketClient = {
  connect: () => Promise.reject(refused()),
  begin: () => {
    throw refused();
  },
  plainOptions: () => {
    throw refused();
  },
  tlsOptions: () => ({}),
};

/** Tokens that were never given out, so that none is asked for. */
class DryTokens extends OAuthTokens {
  constructor(private readonly http: RecordedHttp) {
    super();
  }

  async accessToken(): Promise<string> {
    this.http.conceal([DRY_TOKEN]);
    return DRY_TOKEN;
  }

  async renew(): Promise<string> {
    return DRY_TOKEN;
  }
}

const DRY_TOKEN = 'access-token-of-a-dry-run';
const DRY_OAUTH: AttemptDoors['oauth'] = {
  ofSubscription: (_subscription, http) => new DryTokens(http),
};
