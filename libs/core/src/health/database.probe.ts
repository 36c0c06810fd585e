import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { within } from './within.js';

/** Longer than a healthy Postgres ever takes, shorter than any probe's own patience. */
const ANSWER_WITHIN_MS = 2_000;
/** However many ask, Postgres is asked that often. */
const KEPT_MS = 1_000;

/**
 * Asks Postgres over a connection of its own: a pool that is used up by work says nothing about the
 * database, and must not make a busy process look broken.
 */
@Injectable()
export class DatabaseProbe {
  private readonly pool: Pool;
  private readonly sql: string;
  private asked: Promise<string | null> = Promise.resolve(null);
  private askedAt = -Infinity;
  private problemAt = -Infinity;

  constructor(
    @Inject(RESOLVED_OPTIONS) { database }: ResolvedIntegrationOptions,
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
  ) {
    this.pool = new Pool({
      connectionString: database.url,
      max: 1,
      application_name: 'nest-integrations health',
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      keepAlive: true,
    });
    // The next question opens another connection, and tells what is wrong.
    this.pool.on('error', () => undefined);
    this.sql = `SELECT current_setting('transaction_read_only') AS read_only,
      array(SELECT name::text FROM ${database.schema}.integration_migrations) AS migrations`;
  }

  /** Null: it answers, takes writes, and has our migrations. Otherwise what is wrong. */
  problem(): Promise<string | null> {
    const now = performance.now();
    if (now - this.askedAt < KEPT_MS) return this.asked;
    this.askedAt = now;
    this.asked = this.ask();
    return this.asked;
  }

  /** Milliseconds since Postgres was last seen in trouble. */
  get wellForMs(): number {
    return performance.now() - this.problemAt;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async ask(): Promise<string | null> {
    const problem = await this.problemNow();
    if (problem !== null) this.problemAt = performance.now();
    return problem;
  }

  private async problemNow(): Promise<string | null> {
    try {
      const { rows } = await within(
        2 * ANSWER_WITHIN_MS,
        this.pool.query<{ read_only: string; migrations: string[] }>(this.sql),
      );
      const [row] = rows;
      if (row?.read_only === 'on') return 'Postgres is read-only';
      const applied = new Set(row?.migrations);
      const missing = this.dataSource.migrations.find(({ name }) => !applied.has(name ?? ''));
      return missing ? `the migration ${missing.name} is not applied` : null;
    } catch (error) {
      return `Postgres: ${error instanceof Error ? error.message || error.name : String(error)}`;
    }
  }
}
