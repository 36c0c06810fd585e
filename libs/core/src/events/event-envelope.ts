import { newId } from '@nest-integrations/common';

/** An occurrence, ready to be accepted. */
export interface EventEnvelope {
  readonly id: string;
  readonly type: string;
  /** '' in a single-tenant app. */
  readonly tenant: string;
  readonly payload: unknown;
  readonly payloadJson: string;
  /** ISO 8601 UTC. */
  readonly occurredAt: string;
  readonly idempotencyKey: string | null;
  /** The trace in which it was published, as it is stored; null: none. */
  readonly trace: string | null;
}

export interface PublishOptions {
  /** The customer whom the event belongs to; only subscriptions of the same tenant get it. */
  readonly tenant?: string;
  /** A second publish with the same key (and tenant) returns the first event. At most 255 characters. */
  readonly idempotencyKey?: string;
  /** When it happened. Default: now. */
  readonly occurredAt?: Date;
}

export function envelopeOf(
  type: string,
  payload: { readonly value: unknown; readonly json: string },
  options: PublishOptions & { readonly now: Date; readonly trace: string | null },
): EventEnvelope {
  return {
    id: newId(),
    type,
    tenant: options.tenant ?? '',
    payload: payload.value,
    payloadJson: payload.json,
    occurredAt: (options.occurredAt ?? options.now).toISOString(),
    idempotencyKey: options.idempotencyKey ?? null,
    trace: options.trace,
  };
}
