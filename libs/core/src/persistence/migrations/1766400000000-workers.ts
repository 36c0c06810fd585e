import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** The processes that deliver, as each of them says every few seconds. */
export class Workers1766400000000 implements MigrationInterface {
  readonly name = 'Workers1766400000000';

  async up(runner: QueryRunner): Promise<void> {
    // A row is written again and again: half a page stays free for its versions.
    await runner.query(`
      CREATE TABLE ${schemaOf(runner.connection)}.integration_workers (
        id uuid PRIMARY KEY,
        host text NOT NULL,
        pid integer NOT NULL,
        version text NOT NULL,
        concurrency integer NOT NULL,
        busy integer NOT NULL,
        stalled_ms bigint NOT NULL,
        overdue_ms bigint NOT NULL,
        problems text[] NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        seen_at timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${schemaOf(runner.connection)}.integration_workers`);
  }
}
