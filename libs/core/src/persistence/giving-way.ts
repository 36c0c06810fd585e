import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';

/**
 * How long a change of a table's form waits for the table, in milliseconds. While it waits, all who
 * come after it wait too: so it does not wait for long.
 */
export const LOCK_TIMEOUT_MS = 1_000;
/** In between, those who use the table go on. */
const RETRY_AFTER_MS = 1_000;
const GIVE_UP_AFTER_MS = 10 * 60_000;
/** SQLSTATE: lock not available; deadlock. */
const IN_THE_WAY = new Set(['55P03', '40P01']);

/**
 * Runs `change` until it gets its locks, giving way in between.
 * @throws what `change` throws, where that is something else or goes on for ten minutes
 */
export async function givingWay(change: () => Promise<unknown>): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      await change();
      return;
    } catch (error) {
      if (!isInTheWay(error) || performance.now() > giveUpAt) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      new Logger('IntegrationModule').warn({ event: 'migration.waits', attempt, reason });
      await delay(RETRY_AFTER_MS);
    }
  }
}

function isInTheWay(error: unknown): boolean {
  return error instanceof Error && 'code' in error && IN_THE_WAY.has(String(error.code));
}
