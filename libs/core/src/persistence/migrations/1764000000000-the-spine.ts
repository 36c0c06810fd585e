import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';
import { ensurePartitions } from '../partition.keeper.js';

/**
 * Events, subscriptions, deliveries and their attempts.
 *
 * `integration_events`, `deliveries` and `delivery_logs` are partitioned by week on a UUIDv7, whose
 * order is time: retention drops whole partitions, and a key lookup touches one. There are no
 * foreign keys between them: one transaction writes an event with its deliveries, and a key check a
 * row would cost more than the row.
 */
export class TheSpine1764000000000 implements MigrationInterface {
  readonly name = 'TheSpine1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`CREATE SCHEMA IF NOT EXISTS ${s}`);

    await runner.query(`
      CREATE TABLE ${s}.integration_subscriptions (
        id uuid PRIMARY KEY,
        tenant text NOT NULL DEFAULT '',
        name text NOT NULL,
        description text,
        provider text NOT NULL,
        event_types text[] NOT NULL,
        filter json,
        config json NOT NULL,
        config_version integer NOT NULL,
        signing_secrets json NOT NULL DEFAULT '[]',
        retry_policy json NOT NULL DEFAULT '"default"',
        timeout_ms integer,
        enabled boolean NOT NULL DEFAULT true,
        disabled_reason text,
        disabled_at timestamptz,
        revision integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE INDEX integration_subscriptions_event_types_idx
        ON ${s}.integration_subscriptions USING gin (event_types) WHERE enabled`);
    await runner.query(`
      CREATE INDEX integration_subscriptions_tenant_idx
        ON ${s}.integration_subscriptions (tenant, id)`);
    // Each change of a tenant's subscriptions moves its number. Accepting compares the number it
    // matched with, in the statement that writes, so no instance accepts with stale subscriptions.
    await runner.query(`
      CREATE TABLE ${s}.integration_subscription_changes (
        tenant text PRIMARY KEY,
        revision bigint NOT NULL
      )`);

    await runner.query(`
      CREATE TABLE ${s}.integration_events (
        id uuid NOT NULL,
        tenant text NOT NULL DEFAULT '',
        type text NOT NULL,
        payload json NOT NULL,
        occurred_at timestamptz NOT NULL,
        idempotency_key text,
        PRIMARY KEY (id)
      ) PARTITION BY RANGE (id)`);
    await runner.query(
      `CREATE INDEX integration_events_type_idx ON ${s}.integration_events (tenant, type, id)`,
    );
    // A unique key can't span partitions, so keys live in a table of their own.
    await runner.query(`
      CREATE TABLE ${s}.integration_idempotency_keys (
        tenant text NOT NULL,
        key text NOT NULL,
        event_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, key)
      )`);
    await runner.query(`
      CREATE INDEX integration_idempotency_keys_created_at_idx
        ON ${s}.integration_idempotency_keys (created_at)`);

    // due_at is set while the delivery is live. Taking a lease leaves it alone, so that no index
    // moves (a heap-only update), and the fence counts the leases ever taken.
    await runner.query(`
      CREATE TABLE ${s}.deliveries (
        id uuid NOT NULL,
        event_id uuid NOT NULL,
        subscription_id uuid NOT NULL,
        tenant text NOT NULL DEFAULT '',
        event_type text NOT NULL,
        state text NOT NULL DEFAULT 'pending'
          CHECK (state IN ('pending', 'retrying', 'delivered', 'failed', 'cancelled')),
        due_at timestamptz DEFAULT now(),
        lease_until timestamptz,
        fence integer NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        retries integer NOT NULL DEFAULT 0,
        is_replay boolean NOT NULL DEFAULT false,
        last_status integer,
        last_error text,
        external_id text,
        finished_at timestamptz,
        PRIMARY KEY (id)
      ) PARTITION BY RANGE (id)`);
    await runner.query(
      `CREATE INDEX deliveries_due_idx ON ${s}.deliveries (due_at) WHERE due_at IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX deliveries_subscription_idx ON ${s}.deliveries (subscription_id, id)`,
    );
    await runner.query(`CREATE INDEX deliveries_event_idx ON ${s}.deliveries (event_id)`);
    await runner.query(
      `CREATE INDEX deliveries_type_idx ON ${s}.deliveries (tenant, event_type, id)`,
    );
    await runner.query(`
      CREATE INDEX deliveries_undelivered_idx
        ON ${s}.deliveries (tenant, state, id) WHERE state <> 'delivered'`);

    // Most requests carry the event's standard body: that one is not stored again with each attempt.
    await runner.query(`
      CREATE TABLE ${s}.delivery_logs (
        delivery_id uuid NOT NULL,
        attempt integer NOT NULL,
        started_at timestamptz NOT NULL,
        latency_ms real NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('delivered', 'retry', 'rejected')),
        is_replay boolean NOT NULL DEFAULT false,
        error text,
        request_method text,
        request_url text,
        request_headers json,
        request_body text,
        has_standard_body boolean NOT NULL DEFAULT false,
        response_status integer,
        response_headers json,
        response_body text,
        response_truncated boolean,
        timings json,
        next_attempt_at timestamptz,
        PRIMARY KEY (delivery_id, attempt)
      ) PARTITION BY RANGE (delivery_id)`);

    await ensurePartitions(runner, s, new Date());
  }

  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    for (const table of [
      'delivery_logs',
      'deliveries',
      'integration_idempotency_keys',
      'integration_events',
      'integration_subscription_changes',
      'integration_subscriptions',
    ]) {
      await runner.query(`DROP TABLE ${s}.${table}`);
    }
  }
}
