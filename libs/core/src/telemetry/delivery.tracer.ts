import { Inject, Injectable } from '@nestjs/common';
import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { spanContextOf, storedTrace, storedTraceparent, traceparentOf } from './trace-context.js';

const LIBRARY = '@nest-integrations/core';

/** What a span says of an attempt. */
export interface TracedAttempt {
  readonly deliveryId: string;
  readonly attempt: number;
  readonly provider: string;
  readonly subscriptionId: string;
  readonly event: { readonly id: string; readonly type: string; readonly trace: string | null };
}

/** How it ended. */
export type TracedOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'retry' | 'rejected'; readonly reason: string };

/** The tracing of one attempt. */
export interface AttemptTrace {
  /** Sent with every call of the attempt; null: none. */
  readonly headers: Readonly<Record<string, string>> | null;
  /** Runs `work` as part of the attempt's span. */
  run<Result>(work: () => Result): Result;
  /** `status`: of the receiver's answer, where one came. */
  end(outcome: TracedOutcome, status: number | null): void;
}

const UNTRACED: AttemptTrace = { headers: null, run: (work) => work(), end: () => undefined };

/**
 * Carries a trace from the publish over the queue to the receiver. Without an OpenTelemetry SDK in
 * the host it makes no spans and costs next to nothing; a trace that is stored is still passed on.
 */
@Injectable()
export class DeliveryTracer {
  private readonly tracer = trace.getTracer(LIBRARY);
  private readonly propagates: boolean;

  constructor(
    @Inject(RESOLVED_OPTIONS) { telemetry }: Pick<ResolvedIntegrationOptions, 'telemetry'>,
  ) {
    this.propagates = telemetry.propagateTrace;
  }

  /** The trace under way, in the form in which it is kept with an event; null: none. */
  current(): string | null {
    const active = context.active();
    return active === ROOT_CONTEXT ? null : storedTrace(trace.getSpanContext(active));
  }

  /** Runs `work` as a producer's span, which the event's attempts go on from. */
  publishing<Result>(eventType: string, work: () => Promise<Result>): Promise<Result> {
    if (!hasSdk()) return work();
    const options = {
      kind: SpanKind.PRODUCER,
      attributes: { 'integration.event.type': eventType },
    };
    return this.tracer.startActiveSpan(`publish ${eventType}`, options, async (span) => {
      try {
        return await work();
      } catch (error) {
        failed(span, error instanceof Error ? error.message : String(error));
        throw error;
      } finally {
        span.end();
      }
    });
  }

  attempt(attempt: TracedAttempt): AttemptTrace {
    const { trace: stored } = attempt.event;
    if (hasSdk()) return this.spanned(attempt, stored === null ? undefined : spanContextOf(stored));
    // Handed on as it came: a span id of our own would name a span that nobody has.
    if (stored === null || !this.propagates) return UNTRACED;
    return { ...UNTRACED, headers: { traceparent: storedTraceparent(stored) } };
  }

  private spanned(attempt: TracedAttempt, publisher: SpanContext | undefined): AttemptTrace {
    const { event, provider } = attempt;
    const parent = publisher ? trace.setSpanContext(ROOT_CONTEXT, publisher) : ROOT_CONTEXT;
    const span = this.tracer.startSpan(
      `deliver ${provider}`,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'integration.delivery.id': attempt.deliveryId,
          'integration.event.id': event.id,
          'integration.event.type': event.type,
          'integration.subscription.id': attempt.subscriptionId,
          'integration.provider': provider,
          'integration.attempt': attempt.attempt,
        },
      },
      parent,
    );
    const active = trace.setSpan(parent, span);
    return {
      headers: this.propagates ? { traceparent: traceparentOf(span.spanContext()) } : null,
      run: (work) => context.with(active, work),
      end: (outcome, status) => ended(span, outcome, status),
    };
  }
}

function ended(span: Span, outcome: TracedOutcome, status: number | null): void {
  span.setAttribute('integration.outcome', outcome.kind);
  if (status !== null) span.setAttribute('http.response.status_code', status);
  if (outcome.kind === 'retry' || outcome.kind === 'rejected') failed(span, outcome.reason);
  span.end();
}

function failed(span: Span, message: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** Asked each time: an SDK may be registered late, and the API tells in another way only by spans. */
function hasSdk(): boolean {
  const provider: unknown = trace.getTracerProvider();
  if (!isProxy(provider)) return true;
  return provider.getDelegateTracer(LIBRARY) !== undefined;
}

/** What the API hands out until an SDK is registered, and around it afterwards. */
function isProxy(provider: unknown): provider is { getDelegateTracer(name: string): unknown } {
  return (
    typeof provider === 'object' &&
    provider !== null &&
    'getDelegateTracer' in provider &&
    typeof provider.getDelegateTracer === 'function'
  );
}
