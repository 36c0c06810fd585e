import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { InvalidInputError } from '../integration.error.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';

/** One server process, one database: the same for every connection to it, whoever's it is. */
const WHERE_AM_I = `
  SELECT current_database() AS name, d.oid::text || '@' || pg_postmaster_start_time()::text AS place
  FROM pg_database d WHERE d.datname = current_database()`;

interface Whereabouts {
  /** Of the database, for messages. */
  readonly name: string;
  readonly place: string;
}

/**
 * Lets in a caller's transaction if an event can commit with it: it is open, and in the database that
 * holds the events. Written elsewhere, an event would be accepted and never delivered.
 */
@Injectable()
export class TransactionGate {
  /** Found to lead to our database. */
  private readonly known = new WeakSet<DataSource>();

  constructor(@Inject(INTEGRATION_POOL) private readonly pool: Pool) {}

  /** @throws InvalidInputError naming what would be right; the transaction is as it was */
  async check(manager: EntityManager): Promise<void> {
    const { queryRunner, dataSource } = manager;
    if (queryRunner?.isReleased) {
      refuse('its transaction has ended: publish, and await it, before the callback returns');
    }
    if (!queryRunner?.isTransactionActive) {
      refuse(
        'is not in a transaction: give the EntityManager that dataSource.transaction((manager) => …) hands over, or leave it out to publish on its own',
      );
    }
    if (this.known.has(dataSource)) return;
    const { type } = dataSource.options;
    if (type !== 'postgres') {
      refuse(
        `is a transaction of '${type}': events are kept in Postgres, and commit only with work that is done there`,
      );
    }
    await this.checkDatabase(manager);
    this.known.add(dataSource);
  }

  private async checkDatabase(manager: EntityManager): Promise<void> {
    const {
      rows: [ours],
    } = await this.pool.query<Whereabouts>({ name: 'database.whereabouts', text: WHERE_AM_I });
    const [theirs] = await manager.query<Whereabouts[]>(WHERE_AM_I);
    if (!ours || !theirs || ours.place === theirs.place) return;
    refuse(
      `is a transaction in another database ('${theirs.name}'): events are kept in '${ours.name}', and commit only with work that is done there`,
    );
  }
}

function refuse(message: string): never {
  throw new InvalidInputError([{ field: 'manager', message }]);
}
