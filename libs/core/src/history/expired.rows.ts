import type { ClientBase } from 'pg';
import { BATCH, inBatches, type Signal } from './batches.js';

/** A delivery that may still be attempted, whoever holds it back. */
export const LIVE = `('pending', 'retrying')`;

/** Ids of one week, or of all that is older than an id. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
}

export interface RemovedRows {
  deliveries: number;
  events: number;
}

export interface ExpiredRows {
  readonly schema: string;
  /** Of the tables, or of their default partitions alone. */
  readonly of: 'tables' | 'default partitions';
  readonly range: IdRange;
}

/**
 * Removes what is final in a range of ids, row by row: where a live delivery keeps its week from being
 * dropped as a whole, and in the default partitions, which have no end.
 */
export async function removeExpiredRows(
  client: ClientBase,
  { schema: s, of, range }: ExpiredRows,
  signal: Signal,
): Promise<RemovedRows> {
  const suffix = of === 'tables' ? '' : '_default';
  const [deliveries, logs, events] = ['deliveries', 'delivery_logs', 'integration_events'].map(
    (table) => `${s}.${table}${suffix}`,
  );
  const remove = (text: string) =>
    inBatches(client, { text, values: [range.from, range.to] }, signal);
  const removed = {
    deliveries: await remove(`
      WITH gone AS (
        DELETE FROM ${deliveries} WHERE id IN (
          SELECT id FROM ${deliveries} WHERE id >= $1 AND id < $2 AND state NOT IN ${LIVE}
          ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
        RETURNING id),
      attempts AS (DELETE FROM ${s}.delivery_logs l USING gone WHERE l.delivery_id = gone.id)
      SELECT id FROM gone`),
    events: await remove(`
      DELETE FROM ${events} WHERE id IN (
        SELECT e.id FROM ${events} e
        WHERE e.id >= $1 AND e.id < $2 AND ${isWithoutLiveDelivery(s, 'e.id')}
        ORDER BY e.id LIMIT ${BATCH})`),
  };
  // Attempts whose delivery went with its week.
  await remove(`
    DELETE FROM ${logs} WHERE (delivery_id, attempt) IN (
      SELECT l.delivery_id, l.attempt FROM ${logs} l
      WHERE l.delivery_id >= $1 AND l.delivery_id < $2
        AND NOT EXISTS (SELECT FROM ${s}.deliveries d WHERE d.id = l.delivery_id)
      ORDER BY l.delivery_id LIMIT ${BATCH})`);
  return removed;
}

/** SQL: no delivery of this event is still to be attempted. */
export function isWithoutLiveDelivery(schema: string, eventId: string): string {
  return `NOT EXISTS (SELECT FROM ${schema}.deliveries live
    WHERE live.event_id = ${eventId} AND live.state IN ${LIVE})`;
}
