import { newId } from '@nest-integrations/common';
import type { Pool } from 'pg';

export const DAY_MS = 24 * 60 * 60 * 1_000;

/** A UUIDv7 as it would have been made at that time. */
export function idAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}${newId().slice(13)}`;
}

export interface PastEvent {
  readonly eventId: string;
  readonly deliveryId: string;
}

export interface PastSettings {
  readonly at: Date;
  readonly subscriptionId: string;
  readonly tenant?: string;
  readonly type?: string;
  /** Default `delivered`. */
  readonly state?: 'pending' | 'retrying' | 'delivered' | 'failed' | 'cancelled';
  /** Default: the event's. */
  readonly deliveryAt?: Date;
}

/** An event with one delivery and one attempt, as a past time would have left them. */
export async function insertPast(pool: Pool, settings: PastSettings): Promise<PastEvent> {
  const {
    at,
    subscriptionId,
    tenant = '',
    type = 'incident.created',
    state = 'delivered',
  } = settings;
  const { deliveryAt = at } = settings;
  const eventId = idAt(at);
  const deliveryId = idAt(deliveryAt);
  const isLive = state === 'pending' || state === 'retrying';
  await pool.query(
    `INSERT INTO integration.integration_events (id, tenant, type, payload, occurred_at)
     VALUES ($1, $2, $3, '{"title":"long ago"}', $4)`,
    [eventId, tenant, type, at],
  );
  await pool.query(
    `INSERT INTO integration.deliveries (id, event_id, subscription_id, tenant, event_type, state,
       due_at, attempts, finished_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)`,
    [
      deliveryId,
      eventId,
      subscriptionId,
      tenant,
      type,
      state,
      isLive ? new Date(Date.now() + 3_600_000) : null,
      isLive ? null : deliveryAt,
    ],
  );
  await pool.query(
    `INSERT INTO integration.delivery_logs (delivery_id, attempt, started_at, latency_ms, outcome,
       request_method, request_url, request_headers, request_body, response_status,
       response_headers, response_body)
     VALUES ($1, 1, $2, 5, $3, 'POST', 'https://example.com/', '{}', '{"title":"long ago"}', 200,
       '{}', 'thanks')`,
    [deliveryId, deliveryAt, state === 'delivered' ? 'delivered' : 'retry'],
  );
  return { eventId, deliveryId };
}
