import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** Transformations of subscriptions, and what providers and scripts note of an attempt. */
export class Transformations1766100000000 implements MigrationInterface {
  readonly name = 'Transformations1766100000000';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`ALTER TABLE ${s}.integration_subscriptions ADD COLUMN transform text`);
    await runner.query(`ALTER TABLE ${s}.delivery_logs ADD COLUMN notes json`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`ALTER TABLE ${s}.delivery_logs DROP COLUMN notes`);
    await runner.query(`ALTER TABLE ${s}.integration_subscriptions DROP COLUMN transform`);
  }
}
