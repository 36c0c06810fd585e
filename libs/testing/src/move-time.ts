import { Client } from 'pg';

export interface MoveTime {
  /** `postgres://…` of the host under test. */
  readonly databaseUrl: string;
  /** How far into the future, in milliseconds. */
  readonly byMs: number;
  /** Default `integration`. */
  readonly schema?: string;
}

/**
 * Lets waiting deliveries fall due as if that much time had passed: a retry in an hour is made now,
 * and a subscription that began to fail a moment ago has failed for that long. Leases, which are about
 * the present, stay. Resolves with the number of deliveries that moved.
 */
export async function moveTime({
  databaseUrl,
  byMs,
  schema = 'integration',
}: MoveTime): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const s = client.escapeIdentifier(schema);
    await client.query(
      `UPDATE ${s}.integration_subscription_health
       SET failing_since = failing_since - moved.span, last_failure_at = last_failure_at - moved.span,
         announced_at = announced_at - moved.span
       FROM (SELECT $1 * interval '1 millisecond' AS span) moved`,
      [byMs],
    );
    const { rowCount } = await client.query(
      `UPDATE ${s}.deliveries
       SET due_at = due_at - $1 * interval '1 millisecond' WHERE due_at IS NOT NULL`,
      [byMs],
    );
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}
