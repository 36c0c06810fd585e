import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { within } from '../health/within.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';

export interface QueueObservation {
  /** Age of the oldest delivery that is due and that nobody holds; 0: none waits. */
  readonly lagSeconds: number;
  /** Deliveries that are due and that nobody holds, at most `MAX_COUNTED`. */
  readonly waiting: number;
  readonly circuits: readonly { readonly state: string; readonly count: number }[];
}

/** Enough to see that a backlog grows; the lag says how bad it is. */
const MAX_COUNTED = 10_000;
/** However many look, the tables are asked that often. */
const KEPT_MS = 5_000;
/** A scrape must not wait for a database that does not answer. */
const ANSWER_WITHIN_MS = 2_000;

/** What waits, by the tables themselves: true for all processes together. */
@Injectable()
export class QueueObserver {
  private readonly schema: string;
  private asked: Promise<QueueObservation | null> = Promise.resolve(null);
  private askedAt = -Infinity;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database }: ResolvedIntegrationOptions,
  ) {
    this.schema = database.schema;
  }

  /** Null: Postgres did not answer in time. Never rejects. */
  observe(): Promise<QueueObservation | null> {
    const now = performance.now();
    if (now - this.askedAt < KEPT_MS) return this.asked;
    this.askedAt = now;
    this.asked = within(ANSWER_WITHIN_MS, this.ask()).catch(() => null);
    return this.asked;
  }

  private async ask(): Promise<QueueObservation> {
    // Along the index of what is due: those held are passed over, and they are as many as workers hold.
    const { rows } = await this.pool.query<{ waiting: number; lag: number | null }>({
      name: 'queue.observe',
      text: `SELECT count(*)::int AS waiting, extract(epoch FROM now() - min(due_at))::float8 AS lag
        FROM (
          SELECT due_at FROM ${this.schema}.deliveries
          WHERE due_at <= now() AND (lease_until IS NULL OR lease_until <= now())
          ORDER BY due_at LIMIT ${MAX_COUNTED}
        ) AS waiting`,
    });
    const [row] = rows;
    return {
      lagSeconds: Math.max(0, row?.lag ?? 0),
      waiting: row?.waiting ?? 0,
      circuits: await this.circuits(),
    };
  }

  private async circuits(): Promise<QueueObservation['circuits']> {
    const table = `${this.schema}.integration_subscription_gates`;
    const { rows: found } = await this.pool.query<{ there: boolean }>(
      'SELECT to_regclass($1) IS NOT NULL AS there',
      [table],
    );
    if (!found[0]?.there) return [];
    const { rows } = await this.pool.query<{ state: string; count: number }>(
      `SELECT circuit AS state, count(*)::int AS count FROM ${table} GROUP BY circuit`,
    );
    return rows;
  }
}
