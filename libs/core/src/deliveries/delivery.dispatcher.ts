import { Injectable } from '@nestjs/common';
import { OutboundHttp } from '../http/outbound-http.js';
import { RecordedHttp } from '../http/recorded-http.js';
import type { RecordedExchange } from '../http/recorded-exchange.js';
import { recordedTold } from '../http/told-exchange.js';
import { OAuthAccess } from '../oauth/oauth.access.js';
import { rejected, retry, type DeliveryOutcome } from '../providers/delivery-outcome.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { DeliveryTracer, type AttemptTrace } from '../telemetry/delivery.tracer.js';
import { IntegrationDurations } from '../telemetry/integration.durations.js';
import { EventTransformer, type Transformation } from '../transformations/event.transformer.js';
import { AttemptContext, type AttemptRequest } from './attempt-context.js';
import {
  applyTransformed,
  outcomeOfCall,
  unknownProvider,
  type Cancelled,
} from './attempt-outcome.js';

export interface DispatchResult {
  readonly startedAt: Date;
  readonly latencyMs: number;
  readonly outcome: DeliveryOutcome | Cancelled;
  /** The provider was not called: the outcome says nothing of the receiver. */
  readonly endedInTransformation: boolean;
  readonly exchange: RecordedExchange | null;
  readonly notes: readonly string[];
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
    private readonly transformer: EventTransformer,
  ) {}

  dispatch(request: AttemptRequest): Dispatched {
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
    const sockets = this.http.sockets;
    const attempt = new AttemptContext(request, { http, sockets, oauth: this.oauth });
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
    const stopped = await this.stoppedBefore(context);
    const outcome = stopped ?? (await this.called(context));
    const latencyMs = performance.now() - started;
    const { isTest, subscription } = context.request;
    const told = context.told.at(-1);
    const exchange = told ? recordedTold(told, http.secretValues) : http.exchange();
    if (!isTest && outcome.kind !== 'cancelled') {
      this.durations.attempted(subscription.provider, outcome.kind, latencyMs);
    }
    trace.end(outcome, exchange?.response?.status ?? null);
    return {
      startedAt,
      latencyMs,
      outcome,
      endedInTransformation: stopped !== null,
      exchange,
      notes: context.notes,
    };
  }

  /** The provider sees what the subscription's transformation made of the event. Null: it may. */
  private async stoppedBefore(
    context: AttemptContext,
  ): Promise<DeliveryOutcome | Cancelled | null> {
    const { id: subscriptionId, transform } = context.request.subscription;
    return transform === null ? null : this.transformed(context, { subscriptionId, transform });
  }

  private async called(context: AttemptContext): Promise<DeliveryOutcome> {
    const { provider } = context.request.subscription;
    const found = this.providers.find(provider);
    return found
      ? outcomeOfCall(context, found, ({ instance }) => instance.deliver(context))
      : rejected(unknownProvider(provider));
  }

  /** Null: there is something to deliver. */
  private async transformed(
    context: AttemptContext,
    transformation: Transformation,
  ): Promise<DeliveryOutcome | Cancelled | null> {
    try {
      const work = this.transformer.transform(context.event, transformation);
      return applyTransformed(context, await context.orAborted(work));
    } catch (error) {
      return retry(error instanceof Error ? error.message : String(error));
    }
  }
}
