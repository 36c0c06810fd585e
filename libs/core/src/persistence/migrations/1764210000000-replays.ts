import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** Replays of many deliveries, as jobs that survive the process that runs them. */
export class Replays1764210000000 implements MigrationInterface {
  readonly name = 'Replays1764210000000';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    // tenant null: of all tenants. Its place: deliveries in order of their id up to cursor, then,
    // where missed events are recovered too, events by type up to (cursor_type, cursor).
    await runner.query(`
      CREATE TABLE ${s}.integration_replays (
        id uuid PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('replay', 'recovery')),
        tenant text,
        subscription_id uuid,
        event_type text,
        status text CHECK (status IN ('delivered', 'failed', 'cancelled')),
        accepted_from timestamptz,
        accepted_to timestamptz,
        events_from timestamptz,
        state text NOT NULL DEFAULT 'running'
          CHECK (state IN ('running', 'paused', 'completed', 'cancelled')),
        per_second integer NOT NULL,
        total integer,
        done integer NOT NULL DEFAULT 0,
        phase text NOT NULL DEFAULT 'deliveries' CHECK (phase IN ('deliveries', 'events')),
        cursor_type text,
        cursor uuid,
        note text,
        runner uuid,
        lease_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
      )`);
    await runner.query(`
      CREATE INDEX integration_replays_running_idx
        ON ${s}.integration_replays (created_at) WHERE state = 'running'`);
    await runner.query(
      `CREATE INDEX integration_replays_tenant_idx ON ${s}.integration_replays (tenant, id)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${schemaOf(runner.connection)}.integration_replays`);
  }
}
