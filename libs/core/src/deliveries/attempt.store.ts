import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { DeliveredEvent } from '../events/delivered-event.js';
import type { RecordedExchange } from '../http/recorded-exchange.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { joinedTexts, plainArray, textsOf } from '../persistence/sql-arrays.js';
import type { DeliveryOutcome } from '../providers/delivery-outcome.js';
import type { KnownThread } from '../threads/thread.store.js';
import type { Lease } from './lease.store.js';
import type { NextStep } from './next-step.js';

/** One attempt, ended, with the delivery's next step. */
export interface EndedDeliveryAttempt {
  readonly lease: Lease;
  readonly event: DeliveredEvent;
  /** Null: it belongs to none. */
  readonly thread: KnownThread | null;
  readonly startedAt: Date;
  readonly latencyMs: number;
  readonly outcome: DeliveryOutcome;
  readonly endedInTransformation: boolean;
  readonly exchange: RecordedExchange | null;
  readonly notes: readonly string[];
  readonly next: NextStep;
}

/** Writes attempts and the states that follow from them, many in one round trip. */
@Injectable()
export class AttemptStore {
  private readonly text: string;
  /** The same, for batches in which a thread is opened or joined. */
  private readonly textWithThreads: string;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database: { schema: s } }: ResolvedIntegrationOptions,
  ) {
    const due = `CASE WHEN r.retry_ms IS NULL THEN NULL
      ELSE now() + r.retry_ms * interval '1 millisecond' END`;
    const reopened = `EXISTS (SELECT FROM result r JOIN moved ON moved.id = r.id WHERE r.reopens
      AND r.subscription_id = t.subscription_id AND r.thread_digest = t.digest)`;
    const text = (threads: string) => `
      WITH result AS MATERIALIZED (
        SELECT * FROM unnest(
          $1::uuid[], $2::int[], $3::int[], $4::text[], $5::float8[], ${textsOf('$6')},
          ${textsOf('$7')}, $8::timestamptz[], $9::real[], $10::text[], $11::bool[], $12::text[],
          ${textsOf('$13')}, ${textsOf('$14')}::json[], ${textsOf('$15')}, $16::int[],
          ${textsOf('$17')}::json[], ${textsOf('$18')}, $19::bool[], ${textsOf('$20')}::json[],
          $21::bool[], ${textsOf('$22')}, $23::uuid[], $24::text[], $25::bool[],
          ${textsOf('$26')}::json[]
        ) AS r(id, fence, attempt, state, retry_ms, error, external_id,
          started_at, latency_ms, outcome, is_replay, request_method, request_url,
          request_headers, request_body, response_status, response_headers, response_body,
          response_truncated, timings, has_standard_body, external_url, subscription_id,
          thread_digest, reopens, notes)
      ), moved AS (
        UPDATE ${s}.deliveries d
        SET state = r.state, due_at = ${due}, lease_until = NULL, attempts = r.attempt,
          gate = CASE WHEN r.retry_ms IS NOT NULL AND d.order_key IS NOT NULL AND d.gate IS NOT NULL
            THEN 'retrying' END,
          gate_seq = CASE WHEN r.retry_ms IS NOT NULL THEN d.gate_seq END,
          retries = d.retries + (r.retry_ms IS NOT NULL)::int, last_status = r.response_status,
          last_error = r.error, external_id = coalesce(r.external_id, d.external_id),
          external_url = coalesce(r.external_url, d.external_url),
          finished_at = CASE WHEN r.retry_ms IS NULL THEN now() END
        -- Without a lease: written before, by a commit whose answer was lost on the way.
        FROM result r WHERE d.id = r.id AND d.fence = r.fence AND d.due_at IS NOT NULL
          AND d.lease_until IS NOT NULL
        RETURNING d.id
      ), logged AS (
        INSERT INTO ${s}.delivery_logs (delivery_id, attempt, started_at, latency_ms, outcome,
          is_replay, error, request_method, request_url, request_headers, request_body,
          response_status, response_headers, response_body, response_truncated, timings,
          has_standard_body, next_attempt_at, notes)
        SELECT r.id, r.attempt, r.started_at, r.latency_ms, r.outcome, r.is_replay, r.error,
          r.request_method, r.request_url, r.request_headers, r.request_body, r.response_status,
          r.response_headers, r.response_body, r.response_truncated, r.timings,
          r.has_standard_body, ${due}, r.notes
        FROM result r JOIN moved ON moved.id = r.id
        -- After a crash of Postgres a lease may have been taken twice: the first log stands.
        ON CONFLICT (delivery_id, attempt) DO NOTHING
      )${threads}
      SELECT r.id FROM result r LEFT JOIN moved ON moved.id = r.id WHERE moved.id IS NULL`;
    this.text = text('');
    // The first that was delivered opened it, and it stays known by that.
    this.textWithThreads = text(`, threads AS (
        INSERT INTO ${s}.integration_threads AS t (subscription_id, digest, external_id, external_url)
        SELECT DISTINCT ON (r.subscription_id, r.thread_digest)
          r.subscription_id, r.thread_digest, r.external_id, r.external_url
        FROM result r JOIN moved ON moved.id = r.id
        WHERE r.thread_digest IS NOT NULL AND r.external_id IS NOT NULL
        ORDER BY r.subscription_id, r.thread_digest, r.id
        ON CONFLICT (subscription_id, digest) DO UPDATE SET used_at = now(),
          external_id = CASE WHEN ${reopened} THEN excluded.external_id ELSE t.external_id END,
          external_url = CASE WHEN ${reopened} THEN excluded.external_url ELSE t.external_url END)`);
  }

  /** Returns the deliveries whose lease another worker has taken: of these nothing was written. */
  async write(attempts: readonly EndedDeliveryAttempt[]): Promise<Set<string>> {
    const hasThreads = attempts.some(({ thread }) => thread !== null);
    const { rows } = await this.pool.query<{ id: string }>({
      name: hasThreads ? 'attempt.record_with_threads' : 'attempt.record',
      text: hasThreads ? this.textWithThreads : this.text,
      values: parametersOf(attempts),
    });
    return new Set(rows.map(({ id }) => id));
  }
}

function parametersOf(attempts: readonly EndedDeliveryAttempt[]): unknown[] {
  const requests = attempts.map(({ exchange }) => exchange?.request ?? null);
  const responses = attempts.map(({ exchange }) => exchange?.response ?? null);
  const hasStandardBody = attempts.map(
    ({ event }, i) => requests[i]?.body === event.toStandardBody(),
  );
  return [
    plainArray(attempts.map((a) => a.lease.deliveryId)),
    plainArray(attempts.map((a) => a.lease.fence)),
    plainArray(attempts.map((a) => a.lease.attempts + 1)),
    plainArray(attempts.map((a) => a.next.state)),
    plainArray(attempts.map((a) => (a.next.state === 'retrying' ? a.next.inMs : null))),
    joinedTexts(attempts.map((a) => reasonOf(a.outcome))),
    joinedTexts(attempts.map(({ outcome }) => deliveredOf(outcome)?.externalId ?? null)),
    plainArray(attempts.map((a) => a.startedAt.toISOString())),
    plainArray(attempts.map((a) => a.latencyMs)),
    plainArray(attempts.map((a) => a.outcome.kind)),
    plainArray(attempts.map((a) => a.lease.isReplay)),
    plainArray(requests.map((r) => r && r.method)),
    joinedTexts(requests.map((r) => r && r.url)),
    joinedTexts(requests.map((r) => r && JSON.stringify(r.headers))),
    joinedTexts(requests.map((r, i) => (hasStandardBody[i] ? null : r && r.body))),
    plainArray(responses.map((r) => r && r.status)),
    joinedTexts(responses.map((r) => r && JSON.stringify(r.headers))),
    joinedTexts(responses.map((r) => r && r.body)),
    plainArray(responses.map((r) => r && r.truncated)),
    joinedTexts(attempts.map(({ exchange }) => exchange && JSON.stringify(exchange.timings))),
    plainArray(hasStandardBody),
    joinedTexts(attempts.map(({ outcome }) => deliveredOf(outcome)?.externalUrl ?? null)),
    plainArray(attempts.map((a) => a.lease.subscriptionId)),
    attempts.map(({ thread }) => thread?.digest ?? null),
    plainArray(attempts.map(({ outcome }) => deliveredOf(outcome)?.reopensThread ?? false)),
    joinedTexts(attempts.map(({ notes }) => (notes.length === 0 ? null : JSON.stringify(notes)))),
  ];
}

function deliveredOf(outcome: DeliveryOutcome) {
  return outcome.kind === 'delivered' ? outcome : null;
}

const MAX_REASON_LENGTH = 2_000;

function reasonOf(outcome: DeliveryOutcome): string | null {
  return outcome.kind === 'delivered' ? null : outcome.reason.slice(0, MAX_REASON_LENGTH);
}
