import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/**
 * Limits, ordering and circuits of subscriptions.
 *
 * A delivery of such a subscription waits at its gate without being due: `behind` another one of its
 * key, or `held` until the gate lets it pass; `admitted` it is due like any other; `retrying` it keeps
 * those of its key behind it. All others have no gate, and none of these indexes holds them.
 */
export class Gates1764100000000 implements MigrationInterface {
  readonly name = 'Gates1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`ALTER TABLE ${s}.integration_subscriptions
      ADD COLUMN limits json, ADD COLUMN ordering json`);
    await runner.query(`
      CREATE TABLE ${s}.integration_subscription_gates (
        subscription_id uuid PRIMARY KEY,
        circuit text NOT NULL DEFAULT 'closed' CHECK (circuit IN ('closed', 'open', 'half_open')),
        circuit_until timestamptz,
        circuit_opened integer NOT NULL DEFAULT 0,
        probe_id uuid,
        next_slot timestamptz,
        slowed_to integer,
        key_cursor text
      ) WITH (fillfactor = 50)`);
    // Above every number made of a UUIDv7's time: what was accepted before the gate was there goes first.
    await runner.query(`CREATE SEQUENCE ${s}.integration_gate_seq START ${2n ** 60n} CACHE 1`);
    await runner.query(`ALTER TABLE ${s}.deliveries
      ADD COLUMN gate text CHECK (gate IN ('behind', 'held', 'admitted', 'retrying')),
      ADD COLUMN gate_seq bigint,
      ADD COLUMN order_key text COLLATE "C"`);
    await runner.query(`
      CREATE INDEX deliveries_gate_idx ON ${s}.deliveries (subscription_id, gate, gate_seq)
        WHERE gate IS NOT NULL`);
    await runner.query(`
      CREATE INDEX deliveries_behind_idx ON ${s}.deliveries (subscription_id, order_key, gate_seq)
        WHERE gate = 'behind'`);
    await runner.query(`
      CREATE INDEX deliveries_head_idx ON ${s}.deliveries (subscription_id, order_key)
        WHERE gate IN ('held', 'admitted', 'retrying') AND order_key IS NOT NULL`);
    await runner.query(`
      CREATE INDEX deliveries_due_of_subscription_idx ON ${s}.deliveries (subscription_id, due_at)
        WHERE due_at IS NOT NULL`);
  }

  /** What waits at a gate becomes due. */
  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(
      `UPDATE ${s}.deliveries SET due_at = now() WHERE gate IN ('behind', 'held')`,
    );
    await runner.query(`DROP INDEX ${s}.deliveries_due_of_subscription_idx`);
    await runner.query(`ALTER TABLE ${s}.deliveries
      DROP COLUMN gate, DROP COLUMN gate_seq, DROP COLUMN order_key`);
    await runner.query(`DROP SEQUENCE ${s}.integration_gate_seq`);
    await runner.query(`DROP TABLE ${s}.integration_subscription_gates`);
    await runner.query(`ALTER TABLE ${s}.integration_subscriptions
      DROP COLUMN limits, DROP COLUMN ordering`);
  }
}
