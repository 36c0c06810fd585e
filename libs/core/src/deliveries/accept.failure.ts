import { sqlStateOf } from '../persistence/sql-state.js';
import type { Execute } from './event.store.js';

/** What to do about it, by SQLSTATE. */
const ADVICE: Readonly<Record<string, string>> = {
  '25P02':
    'the transaction given as manager had failed before; roll it back and publish in a new one',
  '40001': 'run the transaction again',
  '40P01': 'run the transaction again',
  '42501': 'grant the role of this transaction the rights on the schema of the integrations',
};

/** A failure in a caller's transaction, with the way out where one is known. */
export function withAdvice(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const advice = ADVICE[sqlStateOf(error)];
  return advice ? new Error(`${error.message} (${advice})`, { cause: error }) : error;
}

/**
 * Makes sure that a transaction can't commit any more, as after a statement that Postgres refused: a
 * caller who swallows the error must not commit its own work without the event.
 */
export async function failTransaction(execute: Execute, eventId: string): Promise<void> {
  const text = `SELECT ('integration event ' || $1 || ' was not accepted')::int`;
  // Rejects by design: that is how a transaction is made to fail. Where it had failed, or its
  // connection is gone, it rejects as well.
  await execute({ name: 'event.fail', text }, [eventId]).catch(() => undefined);
}
