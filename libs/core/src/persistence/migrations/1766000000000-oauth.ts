import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** OAuth tokens of connections and subscriptions, and attempts to sign in. */
export class OAuth1766000000000 implements MigrationInterface {
  readonly name = 'OAuth1766000000000';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`
      CREATE TABLE ${s}.integration_oauth_tokens (
        id uuid PRIMARY KEY,
        connection_id uuid UNIQUE REFERENCES ${s}.integration_connections (id) ON DELETE CASCADE,
        subscription_id uuid UNIQUE
          REFERENCES ${s}.integration_subscriptions (id) ON DELETE CASCADE,
        version integer NOT NULL DEFAULT 0,
        client_digest text NOT NULL,
        tokens json,
        obtained_at timestamptz,
        expires_at timestamptz,
        refresh_at timestamptz,
        ended_reason text,
        failure json,
        wait_until timestamptz,
        refresher uuid,
        refreshing_until timestamptz,
        sign_in_error text,
        signed_in_at timestamptz,
        signed_in_by text,
        CHECK (num_nonnulls(connection_id, subscription_id) = 1)
      )`);
    await runner.query(`
      CREATE TABLE ${s}.integration_oauth_sign_ins (
        id uuid PRIMARY KEY,
        state_digest text COLLATE "C" NOT NULL UNIQUE,
        connection_id uuid NOT NULL
          REFERENCES ${s}.integration_connections (id) ON DELETE CASCADE,
        client_digest text NOT NULL,
        actor text,
        redirect_uri text NOT NULL,
        return_to text,
        code_verifier text NOT NULL,
        expires_at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE INDEX integration_oauth_sign_ins_connection_idx
        ON ${s}.integration_oauth_sign_ins (connection_id)`);
    await runner.query(`
      CREATE INDEX integration_oauth_sign_ins_expires_idx
        ON ${s}.integration_oauth_sign_ins (expires_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    await runner.query(`DROP TABLE ${s}.integration_oauth_sign_ins`);
    await runner.query(`DROP TABLE ${s}.integration_oauth_tokens`);
  }
}
