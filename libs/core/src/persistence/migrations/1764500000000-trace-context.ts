import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** The trace in which an event was published, so that its attempts can go on with it. */
export class TraceContext1764500000000 implements MigrationInterface {
  readonly name = 'TraceContext1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    // `traceparent`, and after a space `tracestate` where there is one. Nullable: no rewrite.
    await runner.query(
      `ALTER TABLE ${s}.integration_events ADD COLUMN IF NOT EXISTS trace_context text`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`ALTER TABLE ${s}.integration_events DROP COLUMN trace_context`);
  }
}
