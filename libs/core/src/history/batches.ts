import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';

/** Rows that one statement of upkeep removes or changes: few enough that nobody waits for its locks. */
export const BATCH = 1_000;
/** Between batches, so that upkeep leaves the disk to those who deliver. */
const PAUSE_MS = 10;

/** Stops between two batches: what is left is found by the next run. */
export type Signal = Pick<AbortSignal, 'aborted'>;

/** Runs a statement that takes at most `BATCH` rows until it finds no more; resolves with their number. */
export async function inBatches(
  client: ClientBase,
  { text, values = [] }: { readonly text: string; readonly values?: readonly unknown[] },
  signal: Signal,
): Promise<number> {
  for (let all = 0; ;) {
    if (signal.aborted) return all;
    const { rowCount } = await client.query(text, [...values]);
    all += rowCount ?? 0;
    if ((rowCount ?? 0) < BATCH) return all;
    await delay(PAUSE_MS);
  }
}
