import { Client } from 'pg';

/** SQL for a UUIDv7 of the moment `ms` (milliseconds, an SQL expression) that no other `n` has. */
export function uuidAt(ms: string, n: string, salt: string): string {
  return `(lpad(to_hex((${ms})::bigint), 12, '0') || '7' || substr(md5('${salt}' || ${n}), 1, 3)
    || '8' || substr(md5('${salt}' || ${n}), 4, 15))::uuid`;
}

/** SQL for a payload of the event type of benchmarks, some 400 bytes. */
export const PAYLOAD = `json_build_object('id', 'incident-' || n, 'title', 'Checkout is slow',
  'severity', 'high', 'description', repeat('The checkout service answers slowly. ', 5),
  'system', json_build_object('id', 'sys-1', 'name', 'Checkout', 'url', 'https://status.example.com'),
  'labels', json_build_array('checkout', 'latency'))`;

/** Rows that one statement makes. */
const STEP = 50_000;

/** Runs set-based statements over the numbers 1 to `count`, a step at a time; `$1` and `$2` are its bounds. */
export async function seed(
  databaseUrl: string,
  statements: readonly { readonly count: number; readonly sql: string }[],
): Promise<{ seconds: number }> {
  const started = performance.now();
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('SET synchronous_commit = off');
    for (const { count, sql } of statements) {
      for (let from = 1; from <= count; from += STEP) {
        await client.query(sql, [from, Math.min(count, from + STEP - 1)]);
      }
    }
    await client.query('VACUUM (ANALYZE)');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
  return { seconds: (performance.now() - started) / 1_000 };
}
