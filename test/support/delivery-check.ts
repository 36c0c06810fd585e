import type { ReceivedRequest } from '@nest-integrations/testing';
import { Client } from 'pg';
import type { LogLine } from './log-lines.js';

/** A time in which a request may have been made whose result nobody could write, and why. */
export interface Excuse {
  readonly reason: string;
  /** By `performance.now()`. */
  readonly from: number;
  readonly to: number;
}

export interface DeliveryCheck {
  readonly databaseUrl: string;
  /** Left out: there is no other. */
  readonly subscriptionId?: string;
  /** Events whose publisher was told that they are durable. */
  readonly accepted: ReadonlySet<string>;
  readonly requests: readonly ReceivedRequest[];
  readonly excuses: readonly Excuse[];
  readonly log: readonly LogLine[];
}

export interface CheckedDeliveries {
  /** Events in the database: those accepted, and those whose publisher was not told in time. */
  readonly events: number;
  readonly lost: readonly string[];
  /** Requests beyond the first with one `webhook-id`. */
  readonly duplicates: number;
  /** How many of the duplicates have which reason: `12 retries on record`. */
  readonly explanation: string;
  /** Where Postgres says other than what the receiver saw, or a duplicate has no reason. */
  readonly faults: readonly string[];
}

/** Log lines that say: this delivery's result was not written, it may be sent again. */
const NOT_WRITTEN: Readonly<Record<string, string>> = {
  'delivery.lease_lost': 'result came after the lease was over',
  'delivery.not_recorded': 'result could not be written in time',
};
const MAX_FAULTS_SHOWN = 20;

/** Compares what publishers were told, what Postgres says and what the receiver saw, id by id. */
export async function checkDeliveries(check: DeliveryCheck): Promise<CheckedDeliveries> {
  const rows = await deliveriesIn(check);
  const requests = grouped(check.requests, ({ headers }) => headers['webhook-id'] ?? '');
  const faults: string[] = [];
  const reasons = new Map<string, number>();
  const lost: string[] = [];
  const known = new Set(rows.map(({ eventId }) => eventId));

  for (const id of check.accepted) if (!known.has(id)) faults.push(`${id}: accepted, not stored`);
  for (const id of new Set([...check.accepted, ...known])) if (!requests.has(id)) lost.push(id);
  for (const id of requests.keys()) if (!known.has(id)) faults.push(`${id}: sent, not stored`);

  const notWritten = grouped(
    check.log.filter(({ event }) => event in NOT_WRITTEN),
    ({ deliveryId }) => deliveryId ?? '',
  );
  for (const row of rows) {
    const seen = requests.get(row.eventId) ?? [];
    faults.push(...disagreements(row, seen.length));
    count(reasons, 'retries on record', Math.min(row.logged, seen.length) - 1);
    const unrecorded = Math.max(0, seen.length - row.logged);
    const excused = [
      ...(notWritten.get(row.id) ?? []).map(({ event }) => NOT_WRITTEN[event] ?? event),
      ...seen.flatMap(({ at }) => excuseAt(check.excuses, at) ?? []),
    ];
    for (const reason of excused.slice(0, unrecorded)) count(reasons, reason, 1);
    if (excused.length < unrecorded) {
      faults.push(
        `${row.eventId}: ${seen.length} requests (at ${seen.map(({ at }) => Math.round(at)).join(', ')}), ` +
          `${row.logged} attempts on record, reasons for ${excused.length} (${check.excuses
            .map(({ from, to }) => `${Math.round(from)} to ${Math.round(to)}`)
            .join(', ')})`,
      );
    }
  }
  return {
    events: rows.length,
    lost,
    duplicates: check.requests.length - requests.size,
    explanation: [...reasons].map(([reason, times]) => `${times} ${reason}`).join(', '),
    faults: faults.slice(0, MAX_FAULTS_SHOWN),
  };
}

interface DeliveryRow {
  readonly id: string;
  readonly eventId: string;
  readonly state: string;
  readonly attempts: number;
  /** Rows of its attempts; those that say delivered; those with an answer. */
  readonly logged: number;
  readonly delivered: number;
  readonly answered: number;
}

/** What must hold of every delivery to a receiver that takes everything in the end. */
function disagreements(row: DeliveryRow, seen: number): string[] {
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${row.eventId}: ${what}`);
  if (row.state !== 'delivered') say(`is ${row.state}`);
  if (row.delivered !== 1) say(`${row.delivered} attempts on record say delivered`);
  if (row.attempts !== row.logged) say(`${row.attempts} attempts, ${row.logged} on record`);
  if (row.answered > seen) say(`${row.answered} answers on record, ${seen} requests seen`);
  return wrong;
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function excuseAt(excuses: readonly Excuse[], at: number): string | null {
  return excuses.find(({ from, to }) => from <= at && at <= to)?.reason ?? null;
}

function count(reasons: Map<string, number>, reason: string, times: number): void {
  if (times > 0) reasons.set(reason, (reasons.get(reason) ?? 0) + times);
}

async function deliveriesIn({
  databaseUrl,
  subscriptionId,
}: DeliveryCheck): Promise<DeliveryRow[]> {
  const client = new Client({ connectionString: databaseUrl });
  // The fault may cut it too, between its queries and its end.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<DeliveryRow>(
      `
      SELECT d.id, e.id AS "eventId", coalesce(d.state, 'without a delivery') AS state,
        coalesce(d.attempts, 0) AS attempts, coalesce(l.logged, 0)::int AS logged,
        coalesce(l.delivered, 0)::int AS delivered, coalesce(l.answered, 0)::int AS answered
      FROM integration.integration_events e
      LEFT JOIN integration.deliveries d ON d.event_id = e.id
        AND ($1::uuid IS NULL OR d.subscription_id = $1)
      LEFT JOIN (
        SELECT delivery_id, count(*) AS logged, count(response_status) AS answered,
          count(*) FILTER (WHERE outcome = 'delivered') AS delivered
        FROM integration.delivery_logs GROUP BY delivery_id
      ) l ON l.delivery_id = d.id`,
      [subscriptionId ?? null],
    );
    return rows;
  } finally {
    await client.end();
  }
}
