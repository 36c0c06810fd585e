import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { z } from 'zod';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import type { DeliveryOutcome } from '../providers/delivery-outcome.js';
import { SecretCipher } from '../secrets/secret-cipher.js';
import { clientDigest, clientSecretDigest } from './oauth-client.js';
import { tokensOwner, type OAuthHolder } from './oauth-holder.js';
import type { GrantedTokens } from './oauth.server.js';

/** What is encrypted; `secretDigest` is of the client's secret that they were got with. */
const sealedTokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string().nullable(),
  secretDigest: z.string(),
});
export type SealedTokens = Readonly<z.output<typeof sealedTokens>>;

/** What is stored of a holder's tokens. Times are told from now, by the database's clock. */
export interface StoredTokens {
  /** Grows with each write that others must not miss. */
  readonly version: number;
  readonly clientDigest: string;
  /** `null`: there are none (any more). */
  readonly tokens: SealedTokens | null;
  readonly ageMs: number;
  readonly expiresInMs: number;
  readonly refreshInMs: number;
  /** Why what was granted is over; `null`: it is not. */
  readonly endedReason: string | null;
  /** How the last request for a token ended, where it failed. */
  readonly failure: DeliveryOutcome | null;
  /** Until then the server wants to be left alone. */
  readonly waitMs: number;
}

interface Row {
  readonly version: number;
  readonly client_digest: string;
  readonly tokens: string | null;
  readonly age_ms: number | null;
  readonly expires_in_ms: number | null;
  readonly refresh_in_ms: number | null;
  readonly ended_reason: string | null;
  readonly failure: DeliveryOutcome | null;
  readonly wait_ms: number | null;
}

/** A token is renewed this long before it ends, or after four fifths of a short life. */
const MARGIN_SECONDS = 60;
/** A server that failed is asked again after this long, however many wait for a token. */
const PAUSE_MS = 1_000;
/** Longer than any request for a token takes: whoever holds it has died, or is done. */
const REFRESH_LEASE_SECONDS = 30;

/** Tokens in the database: one row a holder, shared by all processes. No lock outlives a statement. */
@Injectable()
export class OAuthTokenStore {
  private readonly table: string;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database }: Pick<ResolvedIntegrationOptions, 'database'>,
    private readonly cipher: SecretCipher,
  ) {
    this.table = `${database.schema}.integration_oauth_tokens`;
  }

  /** @throws SecretDecryptionError */
  async find(holderId: string): Promise<StoredTokens | null> {
    const { rows } = await this.pool.query<Row>({
      name: 'oauth_token.find',
      text: `SELECT version, client_digest, tokens, ended_reason, failure,
          ${msUntil('now()', 'obtained_at')} AS age_ms, ${msUntil('expires_at')} AS expires_in_ms,
          ${msUntil('refresh_at')} AS refresh_in_ms, ${msUntil('wait_until')} AS wait_ms
        FROM ${this.table} WHERE id = $1`,
      values: [holderId],
    });
    const [row] = rows;
    return row ? this.stored(row, holderId) : null;
  }

  /**
   * Takes the right to ask the server, for as long as a request may take. False: someone else has it,
   * or what was read is not what is stored any more.
   */
  async claim(
    { kind, id, client }: OAuthHolder,
    { refresher, version }: { refresher: string; version: number },
  ): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `INSERT INTO ${this.table} AS held
         (id, connection_id, subscription_id, client_digest, refresher, refreshing_until)
       VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 second')
       ON CONFLICT (id) DO UPDATE
         SET refresher = excluded.refresher, refreshing_until = excluded.refreshing_until
         WHERE held.version = $7 AND (held.refreshing_until IS NULL OR held.refreshing_until < now())`,
      [
        id,
        kind === 'connection' ? id : null,
        kind === 'subscription' ? id : null,
        clientDigest(client),
        refresher,
        REFRESH_LEASE_SECONDS,
        version,
      ],
    );
    return rowCount === 1;
  }

  /** What the server gave, unless an admin has signed in anew meanwhile. */
  async save(
    { id, client }: OAuthHolder,
    { refresher, granted }: { refresher: string; granted: GrantedTokens },
  ): Promise<void> {
    await this.pool.query(
      `UPDATE ${this.table} SET client_digest = $3, tokens = $4, ${times('$5')},
         failure = NULL, wait_until = NULL, refresher = NULL, refreshing_until = NULL,
         version = version + 1
       WHERE id = $1 AND refresher = $2`,
      [
        id,
        refresher,
        clientDigest(client),
        this.seal(id, client, granted),
        granted.lifetimeSeconds,
      ],
    );
  }

  /** The server gave none; those who wait for it learn why. */
  async fail(id: string, refresher: string, outcome: DeliveryOutcome): Promise<void> {
    const asked = outcome.kind === 'retry' ? (outcome.afterMs ?? 0) : 0;
    await this.pool.query(
      `UPDATE ${this.table} SET failure = $3, wait_until = now() + $4 * interval '1 millisecond',
         refresher = NULL, refreshing_until = NULL, version = version + 1
       WHERE id = $1 AND refresher = $2`,
      [id, refresher, JSON.stringify(outcome), Math.max(asked, PAUSE_MS)],
    );
  }

  /** What was granted is over: nobody asks again until an admin has signed in. */
  async end(id: string, refresher: string, reason: string): Promise<void> {
    await this.pool.query(
      `UPDATE ${this.table} SET tokens = NULL, ended_reason = $3, failure = NULL, wait_until = NULL,
         refresher = NULL, refreshing_until = NULL, version = version + 1
       WHERE id = $1 AND refresher = $2`,
      [id, refresher, reason],
    );
  }

  /** As it is stored, a JSON text. */
  seal(holderId: string, client: OAuthHolder['client'], granted: GrantedTokens): string {
    const { accessToken, refreshToken } = granted;
    const secretDigest = clientSecretDigest(client);
    const sealed: SealedTokens = { accessToken, refreshToken, secretDigest };
    return JSON.stringify(this.cipher.encrypt(JSON.stringify(sealed), tokensOwner(holderId)));
  }

  private open(holderId: string, stored: string): SealedTokens {
    return sealedTokens.parse(JSON.parse(this.cipher.decrypt(stored, tokensOwner(holderId))));
  }

  private stored(row: Row, holderId: string): StoredTokens {
    return {
      version: row.version,
      clientDigest: row.client_digest,
      tokens: row.tokens === null ? null : this.open(holderId, row.tokens),
      ageMs: row.age_ms ?? 0,
      expiresInMs: row.expires_in_ms ?? 0,
      refreshInMs: row.refresh_in_ms ?? 0,
      endedReason: row.ended_reason,
      failure: row.failure,
      waitMs: row.wait_ms ?? 0,
    };
  }
}

/** Assignments of when tokens with this lifetime, in seconds, came, end and are to be renewed. */
export function times(lifetime: string): string {
  const seconds = `${lifetime}::float8`;
  return `obtained_at = now(), expires_at = now() + ${seconds} * interval '1 second',
    refresh_at = now() + (${seconds} - least(${MARGIN_SECONDS}, ${seconds} / 5)) * interval '1 second'`;
}

function msUntil(end: string, start = 'now()'): string {
  return `(extract(epoch FROM ${end} - ${start}) * 1000)::float8`;
}
