import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

const TABLES = ['integration_subscriptions', 'integration_connections'];

/** Why a stored config can't be used by the running version of its provider. */
export class ConfigProblems1766000000010 implements MigrationInterface {
  readonly name = 'ConfigProblems1766000000010';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    for (const table of TABLES) {
      await runner.query(`ALTER TABLE ${s}.${table} ADD COLUMN config_problem text`);
      // Of hardly any rows: cheap to make, and to keep.
      await runner.query(
        `CREATE INDEX ${table}_problem_idx ON ${s}.${table} (id) WHERE config_problem IS NOT NULL`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    for (const table of TABLES) {
      await runner.query(`ALTER TABLE ${s}.${table} DROP COLUMN config_problem`);
    }
  }
}
