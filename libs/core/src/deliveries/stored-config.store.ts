import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';

/** What has a config of a provider. */
export type ConfigHolder = 'subscription' | 'connection';

export interface StoredConfigRow {
  readonly id: string;
  readonly provider: string;
  /** JSON text: what is compared before it is replaced. */
  readonly config: string;
  readonly config_version: number;
  readonly config_problem: string | null;
  readonly revision: number;
}

const BATCH = 200;

/** Stored configs, all of them, in batches. What is written here changes no revision. */
@Injectable()
export class StoredConfigStore {
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database }: ResolvedIntegrationOptions,
  ) {
    this.schema = database.schema;
  }

  /** The next after an id; `null` begins. */
  async after(holder: ConfigHolder, id: string | null): Promise<readonly StoredConfigRow[]> {
    const { rows } = await this.pool.query<StoredConfigRow>(
      `SELECT id, provider, config::text AS config, config_version, config_problem, revision
       FROM ${this.schema}.integration_${holder}s
       WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT ${BATCH}`,
      [id],
    );
    return rows;
  }

  /** Unless an admin has changed it since it was read. */
  async noteProblem(
    holder: ConfigHolder,
    { id, revision }: StoredConfigRow,
    problem: string | null,
  ): Promise<void> {
    await this.pool.query(
      `UPDATE ${this.schema}.integration_${holder}s SET config_problem = $3
       WHERE id = $1 AND revision = $2`,
      [id, revision, problem],
    );
  }

  /** False: an admin, or a rotation of keys, has changed it since it was read. */
  async rewrite(
    holder: ConfigHolder,
    { id, revision, config }: StoredConfigRow,
    next: { readonly config: unknown; readonly version: number },
  ): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `UPDATE ${this.schema}.integration_${holder}s SET config = $4::json, config_version = $5
       WHERE id = $1 AND revision = $2 AND config::text = $3`,
      [id, revision, config, JSON.stringify(next.config), next.version],
    );
    return rowCount === 1;
  }
}
