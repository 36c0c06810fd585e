import { startEngine } from './engine.js';
import { PAYLOAD, seed, uuidAt } from './seed.js';

export interface HistorySize {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly delivered: number;
  /** Deliveries that wait for a retry in some hours. */
  readonly retrying: number;
  readonly subscriptions: number;
}

/** One in so many of the deliveries that ended has failed. */
const FAILS = 1_000;

/**
 * Makes a schema that has been in use: all of its history is of the last hour, in the partition that
 * is written to. Its subscriptions want other events than the benchmark's.
 */
export async function fillHistory(size: HistorySize): Promise<{ seconds: number }> {
  const { databaseUrl, schema, delivered, retrying, subscriptions } = size;
  const engine = await startEngine({ databaseUrl, schema, worker: { enabled: false } });
  await engine.stop();
  const total = delivered + retrying;
  const numbers = 'generate_series($1::int, $2::int) AS n';
  const at = `extract(epoch FROM now()) * 1000 - 3600000 + n * (3500000.0 / ${total})`;
  const eventId = uuidAt(at, 'n', 'event');
  const deliveryId = uuidAt(at, 'n', 'delivery');
  const isDone = `n <= ${delivered}`;
  const hasFailed = `n % ${FAILS} = 0`;
  const subscriptionId = uuidAt('1700000000000', `(n % ${subscriptions} + 1)`, 'subscription');
  // Every statement must name the same ids, so `now()` is written once.
  const epoch = Date.now();
  const fixed = (sql: string) => sql.replaceAll('extract(epoch FROM now()) * 1000', String(epoch));
  return seed(databaseUrl, [
    {
      count: subscriptions,
      sql: `INSERT INTO ${schema}.integration_subscriptions
        (id, name, provider, event_types, config, config_version)
        SELECT ${uuidAt('1700000000000', 'n', 'subscription')}, 'Subscription ' || n, 'webhook',
          ARRAY['other.happened' || n % 100], '{"url":"https://example.com/hook"}', 1
        FROM ${numbers}`,
    },
    {
      count: total,
      sql: fixed(`INSERT INTO ${schema}.integration_events (id, type, payload, occurred_at)
        SELECT ${eventId}, 'other.happened' || n % 100, ${PAYLOAD}, now() FROM ${numbers}`),
    },
    {
      count: total,
      sql: fixed(`INSERT INTO ${schema}.deliveries
        (id, event_id, subscription_id, event_type, state, due_at, fence, attempts, retries,
          last_status, last_error, finished_at)
        SELECT ${deliveryId}, ${eventId}, ${subscriptionId}, 'other.happened' || n % 100,
          CASE WHEN NOT ${isDone} THEN 'retrying' WHEN ${hasFailed} THEN 'failed' ELSE 'delivered' END,
          CASE WHEN ${isDone} THEN NULL ELSE now() + (6 + n % 18) * interval '1 hour' END, 1, 1,
          CASE WHEN ${isDone} THEN 0 ELSE 1 END, CASE WHEN ${isDone} THEN 200 ELSE 503 END,
          CASE WHEN ${isDone} THEN NULL ELSE 'The receiver answered 503' END,
          CASE WHEN ${isDone} THEN now() END
        FROM ${numbers}`),
    },
    {
      count: total,
      sql: fixed(`INSERT INTO ${schema}.delivery_logs
        (delivery_id, attempt, started_at, latency_ms, outcome, request_method, request_url,
          request_headers, has_standard_body, response_status, response_headers, response_body,
          timings)
        SELECT ${deliveryId}, 1, now(), 12.5, CASE WHEN ${isDone} THEN 'delivered' ELSE 'retry' END,
          'POST', 'https://example.com/hook', '{"content-type":"application/json"}', true,
          CASE WHEN ${isDone} THEN 200 ELSE 503 END, '{"content-length":"2"}', 'ok',
          '{"totalMs":12.5}'
        FROM ${numbers}`),
    },
  ]);
}
