import { Injectable } from '@nestjs/common';
import type { DeliveredEvent } from '../events/delivered-event.js';
import { OutboundHttp } from '../http/outbound-http.js';
import { OutboundHttpError } from '../http/outbound-http.types.js';
import { RecordedHttp } from '../http/recorded-http.js';
import type { RecordedExchange } from '../http/recorded-exchange.js';
import type { SocketClient } from '../http/socket-client.js';
import { recordedTold, type ToldExchange } from '../http/told-exchange.js';
import { OAuthAccess } from '../oauth/oauth.access.js';
import { OAuthTokenError } from '../oauth/oauth-token.error.js';
import type { OAuthTokens } from '../oauth/oauth-tokens.js';
import { checkedOutcome } from '../providers/checked-outcome.js';
import type { DeliveryContext, DeliveryThread } from '../providers/delivery-provider.js';
import {
  fromHttpError,
  rejected,
  retry,
  type DeliveryOutcome,
} from '../providers/delivery-outcome.js';
import { DeliveryTracer, type AttemptTrace } from '../telemetry/delivery.tracer.js';
import { IntegrationDurations } from '../telemetry/integration.durations.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import type { SubscriptionRuntime } from '../subscriptions/subscription-runtime.js';

/** What one attempt is to send, and to whom. */
export interface DispatchRequest {
  readonly deliveryId: string;
  readonly attempt: number;
  readonly isReplay: boolean;
  readonly isTest: boolean;
  readonly event: DeliveredEvent;
  readonly subscription: SubscriptionRuntime;
  readonly thread: DeliveryThread | null;
}

export interface DispatchResult {
  readonly startedAt: Date;
  readonly latencyMs: number;
  readonly outcome: DeliveryOutcome;
  readonly exchange: RecordedExchange | null;
}

/** An attempt under way. */
export interface Dispatched {
  readonly result: Promise<DispatchResult>;
  /** Ends it with this reason, which counts as a failed attempt. Its provider's calls are cut off. */
  readonly abort: (reason: string) => void;
  /** By `performance.now()`: when it is to be aborted. */
  readonly deadline: number;
}

/** Longest an attempt may take where neither subscription nor provider says otherwise. */
const DEFAULT_TIMEOUT_MS = 60_000;
/** The provider's own time-outs should speak first: their message is the better one. */
const ABORT_MARGIN_MS = 250;

/** Makes one attempt: finds the provider, calls it, and turns whatever happens into an outcome. */
@Injectable()
export class DeliveryDispatcher {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly http: OutboundHttp,
    private readonly tracer: DeliveryTracer,
    private readonly durations: IntegrationDurations,
    private readonly oauth: OAuthAccess,
  ) {}

  dispatch(request: DispatchRequest): Dispatched {
    const { subscription } = request;
    const timeoutMs = subscription.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const trace = this.tracer.attempt({
      deliveryId: request.deliveryId,
      attempt: request.attempt,
      provider: subscription.provider,
      subscriptionId: subscription.id,
      event: request.event,
    });
    const http = new RecordedHttp({
      http: this.http,
      timeoutMs,
      headers: trace.headers,
      secretValues: subscription.secretValues,
    });
    const attempt = new AttemptContext(request, http, {
      sockets: this.http.sockets,
      oauth: this.oauth,
    });
    return {
      result: trace.run(() => this.run(attempt, http, trace)),
      abort: (reason) => attempt.abort(reason),
      deadline: performance.now() + timeoutMs + ABORT_MARGIN_MS,
    };
  }

  private async run(
    context: AttemptContext,
    http: RecordedHttp,
    trace: AttemptTrace,
  ): Promise<DispatchResult> {
    const startedAt = new Date();
    const started = performance.now();
    const outcome = await this.outcomeOf(context);
    const latencyMs = performance.now() - started;
    const exchange = context.toldExchange() ?? http.exchange();
    const { isTest, subscription } = context.request;
    if (!isTest) this.durations.attempted(subscription.provider, outcome.kind, latencyMs);
    trace.end(outcome, exchange?.response?.status ?? null);
    return { startedAt, latencyMs, outcome, exchange };
  }

  private async outcomeOf(context: AttemptContext): Promise<DeliveryOutcome> {
    const { provider: providerId } = context.request.subscription;
    const provider = this.providers.find(providerId);
    if (!provider) {
      return rejected(
        `No provider '${providerId}' is registered: import its module, or delete the subscription`,
      );
    }
    try {
      const returned = await context.orAborted(provider.instance.deliver(context));
      return clean(checkedOutcome(returned, providerId), context.http);
    } catch (error) {
      return clean(outcomeOfError(error), context.http);
    }
  }
}

function outcomeOfError(error: unknown): DeliveryOutcome {
  if (error instanceof OutboundHttpError) return fromHttpError(error);
  if (error instanceof OAuthTokenError) return error.outcome;
  return retry(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

function clean(outcome: DeliveryOutcome, http: RecordedHttp): DeliveryOutcome {
  if (outcome.kind !== 'delivered') return { ...outcome, reason: http.redact(outcome.reason) };
  const { externalId, externalUrl } = outcome;
  if (externalId === undefined && externalUrl === undefined) return outcome;
  return {
    ...outcome,
    ...(externalId !== undefined && { externalId: http.redact(externalId) }),
    ...(externalUrl !== undefined && { externalUrl: http.redact(externalUrl) }),
  };
}

/** The context that a provider sees; what is costly is made when it is asked for. */
class AttemptContext implements DeliveryContext<unknown> {
  readonly delivery: DeliveryContext<unknown>['delivery'];
  private controller: AbortController | null = null;
  private abortedWith: Error | null = null;
  private stop: ((reason: Error) => void) | null = null;
  private told: ToldExchange | null = null;
  private tokens: OAuthTokens | null = null;

  constructor(
    readonly request: DispatchRequest,
    readonly http: RecordedHttp,
    private readonly means: { readonly sockets: SocketClient; readonly oauth: OAuthAccess },
  ) {
    const { deliveryId: id, attempt, isReplay, isTest } = request;
    this.delivery = { id, attempt, isReplay, isTest };
  }

  get event(): DeliveredEvent {
    return this.request.event;
  }

  get subscription(): SubscriptionRuntime {
    return this.request.subscription;
  }

  get thread(): DeliveryThread | null {
    return this.request.thread;
  }

  get config(): unknown {
    return this.request.subscription.config;
  }

  get connection(): unknown {
    return this.request.subscription.connection;
  }

  get signingSecrets(): SubscriptionRuntime['signingSecrets'] {
    return this.request.subscription.signingSecrets;
  }

  get sockets(): SocketClient {
    return this.means.sockets;
  }

  get oauth(): OAuthTokens {
    return (this.tokens ??= this.means.oauth.ofSubscription(this.request.subscription, this.http));
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.abortedWith) this.controller.abort(this.abortedWith);
    return this.controller.signal;
  }

  readonly tell = (exchange: ToldExchange): void => {
    this.told = exchange;
  };

  toldExchange(): RecordedExchange | null {
    return this.told && recordedTold(this.told, this.http.secretValues);
  }

  abort(reason: string): void {
    if (this.abortedWith) return;
    this.abortedWith = new AttemptAbortedError(reason);
    this.http.abort(reason);
    this.controller?.abort(this.abortedWith);
    this.stop?.(this.abortedWith);
  }

  /** `work`, or a rejection when the attempt is aborted, however long `work` goes on. */
  orAborted<Value>(work: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.stop = reject;
      if (this.abortedWith) reject(this.abortedWith);
      work.then(resolve, reject);
    });
  }
}

/** The attempt ran out of time or lost its lease. */
export class AttemptAbortedError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'AttemptAborted';
  }
}
