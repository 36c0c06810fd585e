import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** Who changed what, and when. Rows are added and, by retention or an erasure, removed; never changed. */
export class AuditLog1764310000000 implements MigrationInterface {
  readonly name = 'AuditLog1764310000000';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`
      CREATE TABLE ${s}.integration_audit_log (
        id uuid PRIMARY KEY,
        at timestamptz NOT NULL,
        tenant text NOT NULL,
        actor text,
        operation text NOT NULL,
        subject_type text NOT NULL,
        subject_id text,
        before json,
        after json
      )`);
    for (const [name, columns] of [
      ['tenant', 'tenant, id'],
      ['subject', 'subject_id, id'],
      ['actor', 'actor, id'],
    ]) {
      await runner.query(
        `CREATE INDEX integration_audit_log_${name}_idx ON ${s}.integration_audit_log (${columns})`,
      );
    }
    // A slip in a statement can't rewrite history; retention and erasures say that they mean it.
    await runner.query(`
      CREATE FUNCTION ${s}.keep_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF current_setting('nest_integrations.audit_removal', true) IS DISTINCT FROM 'on' THEN
          RAISE EXCEPTION 'integration_audit_log is append-only';
        END IF;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER integration_audit_log_append_only
      BEFORE UPDATE OR DELETE OR TRUNCATE ON ${s}.integration_audit_log
      FOR EACH STATEMENT EXECUTE FUNCTION ${s}.keep_audit_log()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`DROP TABLE ${s}.integration_audit_log`);
    await runner.query(`DROP FUNCTION ${s}.keep_audit_log()`);
  }
}
