import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { uuidFloor } from '../persistence/partitions.js';
import { BATCH, type Signal } from './batches.js';
import { isWithoutLiveDelivery } from './expired.rows.js';

const PAUSE_MS = 10;
/**
 * A pass looks at all history that is older: also at what was live, or was replayed, when the one
 * before came by.
 */
const PASS_EVERY_MS = 24 * 60 * 60 * 1_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export interface Pass {
  readonly task: 'payloads' | 'bodies';
  readonly schema: string;
  readonly now: Date;
  /** What is older loses them. */
  readonly before: Date;
}

interface Statements {
  /** The last id of the next batch after $1, before $2. */
  readonly next: string;
  /** Takes them away after $1, up to $2. */
  readonly remove: string;
  /** Its $3. */
  readonly time: Date;
}

function statementsOf({ task, schema: s, now, before }: Pass): Statements {
  if (task === 'payloads') {
    return {
      next: `SELECT max(id::text) AS last FROM (SELECT id FROM ${s}.integration_events
        WHERE id > $1 AND id < $2 ORDER BY id LIMIT ${BATCH}) batch`,
      remove: `UPDATE ${s}.integration_events e SET payload = NULL, payload_removed_at = $3
        WHERE id > $1 AND id <= $2 AND payload IS NOT NULL AND ${isWithoutLiveDelivery(s, 'e.id')}`,
      time: now,
    };
  }
  return {
    next: `SELECT max(delivery_id::text) AS last FROM (SELECT delivery_id FROM ${s}.delivery_logs
      WHERE delivery_id > $1 AND delivery_id < $2 ORDER BY delivery_id LIMIT ${BATCH}) batch`,
    // By the attempt's own time: a replay's is younger than its delivery.
    remove: `UPDATE ${s}.delivery_logs
      SET request_body = NULL, response_body = NULL, has_standard_body = false
      WHERE delivery_id > $1 AND delivery_id <= $2 AND started_at < $3
        AND (request_body IS NOT NULL OR response_body IS NOT NULL OR has_standard_body)`,
    time: before,
  };
}

/**
 * Takes payloads, or bodies of attempts, from history that lives on without them. Goes on where it was
 * stopped; resolves with how many there were.
 */
export async function runPass(client: ClientBase, pass: Pass, signal: Signal): Promise<number> {
  const { task, schema: s, now, before } = pass;
  const place = await placeOf(client, pass);
  if (place === null) return 0;
  const { next, remove, time } = statementsOf(pass);
  let removed = 0;
  for (let cursor = place; !signal.aborted;) {
    const { rows } = await client.query<{ last: string | null }>(next, [
      cursor,
      uuidFloor(before.getTime()),
    ]);
    const last = rows[0]?.last ?? null;
    if (last === null) {
      await client.query(
        `UPDATE ${s}.integration_history_passes SET cursor = NULL, finished_at = $2 WHERE task = $1`,
        [task, now],
      );
      return removed;
    }
    removed += (await client.query(remove, [cursor, last, time])).rowCount ?? 0;
    await client.query(`UPDATE ${s}.integration_history_passes SET cursor = $2 WHERE task = $1`, [
      task,
      last,
    ]);
    cursor = last;
    await delay(PAUSE_MS);
  }
  return removed;
}

/** Where to go on or to begin; null: the last pass was not long ago. */
async function placeOf(client: ClientBase, { task, schema: s, now }: Pass): Promise<string | null> {
  await client.query(
    `INSERT INTO ${s}.integration_history_passes (task) VALUES ($1) ON CONFLICT DO NOTHING`,
    [task],
  );
  const { rows } = await client.query<{ cursor: string | null; finished_at: Date | null }>(
    `SELECT cursor, finished_at FROM ${s}.integration_history_passes WHERE task = $1`,
    [task],
  );
  const [pass] = rows;
  if (pass?.cursor) return pass.cursor;
  const since = now.getTime() - (pass?.finished_at?.getTime() ?? 0);
  return since >= PASS_EVERY_MS ? FIRST_ID : null;
}
