import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** Threads of subscriptions, and where in the outside a delivery can be looked at. */
export class Threads1765100000000 implements MigrationInterface {
  readonly name = 'Threads1765100000000';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`ALTER TABLE ${s}.integration_subscriptions ADD COLUMN thread_key text`);
    await runner.query(`ALTER TABLE ${s}.deliveries ADD COLUMN external_url text`);
    await runner.query(`
      CREATE TABLE ${s}.integration_threads (
        subscription_id uuid NOT NULL,
        digest text COLLATE "C" NOT NULL,
        external_id text NOT NULL,
        external_url text,
        used_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (subscription_id, digest)
      )`);
    await runner.query(`
      CREATE INDEX integration_threads_used_idx ON ${s}.integration_threads (used_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`DROP TABLE ${s}.integration_threads`);
    await runner.query(`ALTER TABLE ${s}.deliveries DROP COLUMN external_url`);
    await runner.query(`ALTER TABLE ${s}.integration_subscriptions DROP COLUMN thread_key`);
  }
}
