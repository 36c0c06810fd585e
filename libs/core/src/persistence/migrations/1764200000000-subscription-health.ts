import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** How subscriptions fare, and the dead deliveries that are still to be told of. */
export class SubscriptionHealth1764200000000 implements MigrationInterface {
  readonly name = 'SubscriptionHealth1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    // One row for a subscription that has failed; a healthy one has none or an idle one.
    await runner.query(`
      CREATE TABLE ${s}.integration_subscription_health (
        subscription_id uuid PRIMARY KEY,
        failing_since timestamptz,
        failures integer NOT NULL DEFAULT 0,
        last_failure_at timestamptz,
        last_failure text,
        recovered_at timestamptz,
        announced_at timestamptz,
        missed_since timestamptz,
        unrouted_since timestamptz
      )`);
    await runner.query(`
      CREATE INDEX integration_subscription_health_failing_idx
        ON ${s}.integration_subscription_health (subscription_id)
        WHERE failing_since IS NOT NULL OR announced_at IS NOT NULL`);

    // A delivery's death and the note of it are one statement, whoever writes it: no crash comes
    // between them. No note is made where nobody asked, of a replay, or of an operational event,
    // whose own failure would feed itself.
    await runner.query(`
      CREATE TABLE ${s}.integration_failure_notices (
        delivery_id uuid PRIMARY KEY,
        subscription_id uuid NOT NULL,
        failed_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE INDEX integration_failure_notices_failed_at_idx
        ON ${s}.integration_failure_notices (failed_at)`);
    await runner.query(`
      CREATE FUNCTION ${s}.note_failed_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (
          SELECT FROM ${s}.integration_subscriptions
          WHERE tenant = NEW.tenant AND enabled AND event_types &&
            ARRAY['integration.delivery.failed', 'integration.delivery.*', 'integration.*']
        ) THEN
          INSERT INTO ${s}.integration_failure_notices (delivery_id, subscription_id)
          VALUES (NEW.id, NEW.subscription_id) ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER deliveries_note_failed AFTER UPDATE OF state ON ${s}.deliveries
      FOR EACH ROW WHEN (NEW.state = 'failed' AND OLD.state <> 'failed' AND NOT NEW.is_replay
        AND NEW.event_type NOT LIKE 'integration.%')
      EXECUTE FUNCTION ${s}.note_failed_delivery()`);
    // When the notices were last told, over all processes: it bounds how many are told in a second.
    await runner.query(`
      CREATE TABLE ${s}.integration_failure_pace (
        id boolean PRIMARY KEY DEFAULT true CHECK (id),
        told_at timestamptz NOT NULL DEFAULT '-infinity'
      )`);
    await runner.query(`INSERT INTO ${s}.integration_failure_pace DEFAULT VALUES`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`DROP TRIGGER deliveries_note_failed ON ${s}.deliveries`);
    await runner.query(`DROP FUNCTION ${s}.note_failed_delivery()`);
    await runner.query(`DROP TABLE ${s}.integration_failure_pace`);
    await runner.query(`DROP TABLE ${s}.integration_failure_notices`);
    await runner.query(`DROP TABLE ${s}.integration_subscription_health`);
  }
}
