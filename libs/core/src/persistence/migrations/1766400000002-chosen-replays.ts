import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** A replay may name its deliveries one by one. */
export class ChosenReplays1766400000002 implements MigrationInterface {
  readonly name = 'ChosenReplays1766400000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE ${schemaOf(runner.connection)}.integration_replays ADD COLUMN delivery_ids uuid[]`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE ${schemaOf(runner.connection)}.integration_replays DROP COLUMN delivery_ids`,
    );
  }
}
