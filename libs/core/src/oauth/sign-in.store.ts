import { createHash } from 'node:crypto';
import { newId } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { AuditLog } from '../audit/audit.log.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import { SecretCipher } from '../secrets/secret-cipher.js';
import { clientDigest, type AuthorizationCodeClient } from './oauth-client.js';
import { OAuthTokenStore, times } from './oauth-token.store.js';
import type { GrantedTokens, SignInRequest } from './oauth.server.js';

/** An attempt to sign in, from the page that the admin is sent to until the browser is back. */
export interface PendingSignIn extends SignInRequest {
  readonly connectionId: string;
  readonly clientDigest: string;
  readonly actor: string | null;
  readonly returnTo: string | null;
}

/** What is stored of a connection's sign-in. */
export interface StoredSignIn {
  readonly clientDigest: string;
  readonly hasTokens: boolean;
  readonly endedReason: string | null;
  /** Of the last attempt, where it failed. */
  readonly error: string | null;
  readonly signedInAt: Date | null;
  readonly signedInBy: string | null;
}

interface PendingRow {
  readonly id: string;
  readonly connection_id: string;
  readonly client_digest: string;
  readonly actor: string | null;
  readonly redirect_uri: string;
  readonly return_to: string | null;
  readonly code_verifier: string;
}

interface SignInRow {
  readonly id: string;
  readonly client_digest: string;
  readonly has_tokens: boolean;
  readonly ended_reason: string | null;
  readonly sign_in_error: string | null;
  readonly signed_in_at: Date | null;
  readonly signed_in_by: string | null;
}

/** Attempts to sign in, and what came of them, in the database. */
@Injectable()
export class SignInStore {
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly tokens: OAuthTokenStore,
    private readonly cipher: SecretCipher,
    private readonly audit: AuditLog,
  ) {
    this.schema = schemaOf(dataSource);
  }

  /** Of the state only a digest is stored: who reads the table can't end anyone's attempt. */
  async begin(pending: PendingSignIn, expiresAt: Date): Promise<void> {
    const id = newId();
    await this.dataSource.query(
      `DELETE FROM ${this.schema}.integration_oauth_sign_ins WHERE expires_at < now()`,
    );
    await this.dataSource.query(
      `INSERT INTO ${this.schema}.integration_oauth_sign_ins
         (id, state_digest, connection_id, client_digest, actor, redirect_uri, return_to,
          code_verifier, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        digestOf(pending.state),
        pending.connectionId,
        pending.clientDigest,
        pending.actor,
        pending.redirectUri,
        pending.returnTo,
        this.cipher.encrypt(pending.codeVerifier, ownerOf(id)),
        expiresAt,
      ],
    );
  }

  /** The attempt of this state, which can't be taken again. Null: there is none, or it is too old. */
  async take(state: string): Promise<PendingSignIn | null> {
    const [rows] = await this.dataSource.query<[PendingRow[], number]>(
      `DELETE FROM ${this.schema}.integration_oauth_sign_ins
       WHERE state_digest = $1 AND expires_at > now()
       RETURNING id, connection_id, client_digest, actor, redirect_uri, return_to, code_verifier`,
      [digestOf(state)],
    );
    const [row] = rows;
    return row
      ? {
          state,
          connectionId: row.connection_id,
          clientDigest: row.client_digest,
          actor: row.actor,
          redirectUri: row.redirect_uri,
          returnTo: row.return_to,
          codeVerifier: this.cipher.decrypt(row.code_verifier, ownerOf(row.id)),
        }
      : null;
  }

  /** Its subscriptions' revisions move: every worker reads the new tokens. */
  async succeed(signedIn: {
    readonly connectionId: string;
    readonly tenant: string;
    readonly client: AuthorizationCodeClient;
    readonly granted: GrantedTokens;
    readonly actor: string | null;
  }): Promise<void> {
    const { connectionId: id, tenant, client, granted, actor } = signedIn;
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO ${this.schema}.integration_oauth_tokens (id, connection_id, client_digest)
         VALUES ($1, $1, $2) ON CONFLICT (id) DO NOTHING`,
        [id, clientDigest(client)],
      );
      await manager.query(
        `UPDATE ${this.schema}.integration_oauth_tokens
         SET client_digest = $2, tokens = $3, ${times('$4')}, signed_in_at = now(), signed_in_by = $5,
           ended_reason = NULL, failure = NULL, wait_until = NULL, sign_in_error = NULL,
           refresher = NULL, refreshing_until = NULL, version = version + 1
         WHERE id = $1`,
        [
          id,
          clientDigest(client),
          this.tokens.seal(id, client, granted),
          granted.lifetimeSeconds,
          actor,
        ],
      );
      await manager.query(
        `UPDATE ${this.schema}.integration_subscriptions SET revision = revision + 1
         WHERE connection_id = $1`,
        [id],
      );
      const after = { signIn: 'active', signedInBy: actor };
      await this.audit.record(
        { tenant, subjectType: 'connection', subjectId: id, after },
        { operation: 'signInConnection', writer: manager },
      );
    });
  }

  /** What was granted before stays. */
  async fail(connectionId: string, digest: string, reason: string): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO ${this.schema}.integration_oauth_tokens
         (id, connection_id, client_digest, sign_in_error)
       VALUES ($1, $1, $2, $3)
       ON CONFLICT (id) DO UPDATE SET sign_in_error = excluded.sign_in_error`,
      [connectionId, digest, reason],
    );
  }

  async of(connectionIds: readonly string[]): Promise<Map<string, StoredSignIn>> {
    if (connectionIds.length === 0) return new Map();
    const rows = await this.dataSource.query<SignInRow[]>(
      `SELECT id, client_digest, tokens IS NOT NULL AS has_tokens, ended_reason, sign_in_error,
         signed_in_at, signed_in_by
       FROM ${this.schema}.integration_oauth_tokens WHERE id = ANY($1::uuid[])`,
      [connectionIds],
    );
    return new Map(rows.map((row) => [row.id, toStored(row)]));
  }
}

function toStored(row: SignInRow): StoredSignIn {
  return {
    clientDigest: row.client_digest,
    hasTokens: row.has_tokens,
    endedReason: row.ended_reason,
    error: row.sign_in_error,
    signedInAt: row.signed_in_at,
    signedInBy: row.signed_in_by,
  };
}

/** What a verifier is encrypted for. It lives for minutes: no rotation of keys looks for it. */
function ownerOf(id: string): string {
  return `oauth_sign_in:${id}`;
}

function digestOf(state: string): string {
  return createHash('sha256').update(state).digest('base64url');
}
