import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** Connections, and the one that a subscription names. */
export class Connections1765000000000 implements MigrationInterface {
  readonly name = 'Connections1765000000000';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`
      CREATE TABLE ${s}.integration_connections (
        id uuid PRIMARY KEY,
        tenant text NOT NULL DEFAULT '',
        name text NOT NULL,
        provider text NOT NULL,
        config json NOT NULL,
        config_version integer NOT NULL,
        revision integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE INDEX integration_connections_tenant_idx
        ON ${s}.integration_connections (tenant, name, id)`);
    await runner.query(`
      ALTER TABLE ${s}.integration_subscriptions
        ADD COLUMN connection_id uuid REFERENCES ${s}.integration_connections (id)`);
    await runner.query(`
      CREATE INDEX integration_subscriptions_connection_idx
        ON ${s}.integration_subscriptions (connection_id) WHERE connection_id IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`ALTER TABLE ${s}.integration_subscriptions DROP COLUMN connection_id`);
    await runner.query(`DROP TABLE ${s}.integration_connections`);
  }
}
