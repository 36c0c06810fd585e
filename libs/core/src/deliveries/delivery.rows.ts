import type { AttemptOutcome, DeliveryState, DeliveryStatus } from '@nest-integrations/common';
import type { Attempt, Delivery } from './delivery.types.js';

export interface DeliveryRow {
  readonly id: string;
  readonly tenant: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly subscription_id: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly is_replay: boolean;
  readonly due_at: Date | null;
  readonly finished_at: Date | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly external_id: string | null;
  readonly external_url: string | null;
  readonly leased: boolean;
  readonly subscription_name: string | null;
  readonly provider: string | null;
}

export interface AttemptRow {
  readonly attempt: number;
  readonly started_at: Date;
  readonly latency_ms: number;
  readonly outcome: AttemptOutcome;
  readonly is_replay: boolean;
  readonly error: string | null;
  readonly request_method: string | null;
  readonly request_url: string | null;
  readonly request_headers: Record<string, string> | null;
  readonly request_body: string | null;
  readonly has_standard_body: boolean;
  readonly response_status: number | null;
  readonly response_headers: Record<string, string | string[]> | null;
  readonly response_body: string | null;
  readonly response_truncated: boolean | null;
  readonly timings: NonNullable<Attempt['timings']> | null;
  readonly next_attempt_at: Date | null;
  readonly notes: readonly string[] | null;
}

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    tenant: row.tenant || null,
    eventId: row.event_id,
    eventType: row.event_type,
    subscriptionId: row.subscription_id,
    subscriptionName: row.subscription_name,
    provider: row.provider,
    status: statusOf(row),
    attempts: row.attempts,
    isReplay: row.is_replay,
    createdAt: timeOfId(row.id),
    dueAt: row.due_at,
    finishedAt: row.finished_at,
    lastStatus: row.last_status,
    lastError: row.last_error,
    externalId: row.external_id,
    externalUrl: row.external_url,
  };
}

/** An attempt in flight is no retry: a live delivery with a lease is `attempting`. */
function statusOf({ state, leased }: DeliveryRow): DeliveryStatus {
  return leased && (state === 'pending' || state === 'retrying') ? 'attempting' : state;
}

/** The first 48 bits of a UUIDv7 are its time in milliseconds. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** `standardBody`: the event's, which is not stored again; null where the event is gone. */
export function toAttempt(row: AttemptRow, standardBody: string | null): Attempt {
  return {
    attempt: row.attempt,
    startedAt: row.started_at,
    latencyMs: row.latency_ms,
    outcome: row.outcome,
    isReplay: row.is_replay,
    error: row.error,
    request:
      row.request_method === null || row.request_url === null
        ? null
        : {
            method: row.request_method,
            url: row.request_url,
            headers: row.request_headers ?? {},
            body: row.has_standard_body ? standardBody : row.request_body,
          },
    response:
      row.response_status === null
        ? null
        : {
            status: row.response_status,
            headers: row.response_headers ?? {},
            body: row.response_body ?? '',
            truncated: row.response_truncated ?? false,
          },
    timings: row.timings,
    nextAttemptAt: row.next_attempt_at,
    notes: row.notes ?? [],
  };
}
