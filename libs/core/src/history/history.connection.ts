import { Inject, Injectable } from '@nestjs/common';
import { Client } from 'pg';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';

/** Of our own choosing: what only one process at a time does to a schema. */
const LOCKS = { retention: 7_101_960, erasure: 7_101_961 } as const;

/**
 * A connection of its own for long work beside the hot path, whose plans and whose pool it does not
 * share. The lock lasts as long as the connection: a process that dies leaves none behind.
 */
@Injectable()
export class HistoryConnection {
  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedIntegrationOptions) {}

  /** Runs `work` unless another process is at it. Resolves with null where one is. */
  async alone<Result>(
    task: keyof typeof LOCKS,
    work: (client: Client) => Promise<Result>,
  ): Promise<Result | null> {
    const { url, schema } = this.options.database;
    const client = new Client({
      connectionString: url,
      application_name: 'nest-integrations history',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    });
    // It breaks while nothing is asked of it: the next statement fails.
    client.on('error', () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query<{ ours: boolean }>(
        'SELECT pg_try_advisory_lock($1, hashtext($2)) AS ours',
        [LOCKS[task], schema],
      );
      return rows[0]?.ours ? await work(client) : null;
    } finally {
      await client.end();
    }
  }
}
