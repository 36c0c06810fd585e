import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** What retention removed when it last ran: one row, written over by each run. */
export class RetentionRuns1766400000001 implements MigrationInterface {
  readonly name = 'RetentionRuns1766400000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ${schemaOf(runner.connection)}.integration_retention_run (
        is_last boolean PRIMARY KEY DEFAULT true CHECK (is_last),
        started_at timestamptz NOT NULL,
        finished_at timestamptz NOT NULL,
        removed jsonb NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${schemaOf(runner.connection)}.integration_retention_run`);
  }
}
