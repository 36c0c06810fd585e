import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** What removing history needs: payloads that are gone, where a pass has come to, erasures under way. */
export class History1764300000000 implements MigrationInterface {
  readonly name = 'History1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    // No payload: it was removed, then. JSON's own null is a payload.
    await runner.query(`
      ALTER TABLE ${s}.integration_events
        ALTER COLUMN payload DROP NOT NULL, ADD COLUMN payload_removed_at timestamptz`);
    // Without a cursor it is not under way.
    await runner.query(`
      CREATE TABLE ${s}.integration_history_passes (
        task text PRIMARY KEY,
        cursor uuid,
        finished_at timestamptz
      )`);
    // asked_in: whatever was begun before it may still commit data of the tenant.
    await runner.query(`
      CREATE TABLE ${s}.integration_erasures (
        id uuid PRIMARY KEY,
        tenant text NOT NULL,
        state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'completed')),
        requested_by text,
        asked_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
        subscriptions integer NOT NULL DEFAULT 0,
        connections integer NOT NULL DEFAULT 0,
        deliveries bigint NOT NULL DEFAULT 0,
        attempts bigint NOT NULL DEFAULT 0,
        events bigint NOT NULL DEFAULT 0,
        idempotency_keys bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
      )`);
    await runner.query(`
      CREATE UNIQUE INDEX integration_erasures_running_idx
        ON ${s}.integration_erasures (tenant) WHERE state = 'running'`);
    await runner.query(
      `CREATE INDEX integration_erasures_tenant_idx ON ${s}.integration_erasures (tenant, id)`,
    );
  }

  /** A payload that was removed reads as `null`. */
  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`DROP TABLE ${s}.integration_erasures`);
    await runner.query(`DROP TABLE ${s}.integration_history_passes`);
    await runner.query(`UPDATE ${s}.integration_events SET payload = 'null' WHERE payload IS NULL`);
    await runner.query(`
      ALTER TABLE ${s}.integration_events
        ALTER COLUMN payload SET NOT NULL, DROP COLUMN payload_removed_at`);
  }
}
