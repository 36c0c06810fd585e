import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../../integration-options.js';
import { INTEGRATION_POOL } from '../../persistence/integration-data-source.token.js';
import { plainArray } from '../../persistence/sql-arrays.js';
import type { LeaseKey } from '../lease.store.js';
import { toLine, type Line, type LineRow } from './gate.rows.js';
import { gateSql, type GateStatements } from './gate.sql.js';
import { LockedGates } from './locked-gates.js';

/** Gates in the database. */
@Injectable()
export class GateStore {
  private readonly sql: GateStatements;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database }: ResolvedIntegrationOptions,
  ) {
    this.sql = gateSql(database.schema);
  }

  /**
   * Does `work` with these gates under their locks, one such work at a time for a gate whatever the
   * process. Nothing of it waits for the disk: what a crash of Postgres undoes, the next pass does again.
   */
  async withLocked<Result>(
    ids: readonly string[],
    work: (gates: LockedGates) => Promise<Result>,
  ): Promise<Result> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SET LOCAL synchronous_commit = off');
      const locked = new LockedGates(client, this.sql);
      await locked.lock(ids);
      const result = await work(locked);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      // A connection whose transaction is in doubt is not used again.
      client.release(error instanceof Error ? error : true);
      throw error;
    }
  }

  /** Puts leased deliveries to their gates, without an attempt; returns the lines that they stand in. */
  async hold(leases: readonly LeaseKey[]): Promise<Line[]> {
    const { rows } = await this.pool.query<LineRow>({
      name: 'gate.hold',
      text: this.sql.hold,
      values: [
        plainArray(leases.map(({ deliveryId }) => deliveryId)),
        plainArray(leases.map(({ fence }) => fence)),
      ],
    });
    return rows.map(toLine);
  }

  /** Up to some hundred subscriptions that have deliveries at their gates, after this one. */
  async subscriptionsAfter(id: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'gate.subscriptions',
      text: this.sql.subscriptions,
      values: [id],
    });
    return rows.map((row) => row.id);
  }
}
