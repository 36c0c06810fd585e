import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexOnline } from '../online-index.js';
import { schemaOf } from '../schema-name.js';

/** What accepting and delivering write is in none of them, unless a receiver gives ids of its own. */
const INDEXES = {
  deliveries_ended_badly_idx: `(state, id) WHERE state IN ('failed', 'cancelled')`,
  deliveries_ended_badly_of_subscription_idx: `(subscription_id, state, id)
    WHERE state IN ('failed', 'cancelled')`,
  deliveries_external_id_idx: `(external_id COLLATE "C", id DESC) WHERE external_id IS NOT NULL`,
} as const;

/** What admins look for in a long history: what went wrong, and ids of the receivers. */
export class DeliveryLists1766200000000 implements MigrationInterface {
  readonly name = 'DeliveryLists1766200000000';
  /** Its indexes are made beside those who write. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner.connection);
    for (const [name, definition] of Object.entries(INDEXES)) {
      await createIndexOnline(runner, { schema, table: 'deliveries', name, definition });
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = schemaOf(runner.connection);
    for (const name of Object.keys(INDEXES)) {
      await runner.query(`DROP INDEX IF EXISTS ${schema}.${name}`);
    }
  }
}
