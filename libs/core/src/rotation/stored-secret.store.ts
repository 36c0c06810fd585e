import { schemaOf } from '../persistence/schema-name.js';
import { ENCRYPTED_IN_JSON } from '../secrets/encrypted-form.js';
import type { DataSource } from 'typeorm';

/** What holds encrypted values; its ciphertexts are bound to `<kind>:<id>`. */
export type SecretHolder = 'subscription' | 'connection' | 'oauth_token';

/** Where each has them; what is not there counts as empty. */
const COLUMNS: Readonly<Record<SecretHolder, { config: string; signing: string | null }>> = {
  subscription: { config: 'config', signing: 'signing_secrets' },
  connection: { config: 'config', signing: null },
  oauth_token: { config: 'tokens', signing: null },
};

/** What a holder has stored, as text: what is compared before it is replaced. */
export interface StoredSecrets {
  readonly id: string;
  readonly config: string;
  /** `null`: it has none. */
  readonly signing_secrets: string | null;
}

export interface KeyCount {
  readonly key_id: string;
  readonly values: string;
}

/** The places in the database that hold encrypted values, one kind of holder each. */
export class StoredSecretStore {
  private readonly table: string;
  private readonly column: string;
  private readonly config: string;
  private readonly signing: string;

  constructor(
    private readonly dataSource: DataSource,
    readonly holder: SecretHolder,
  ) {
    this.table = `${schemaOf(dataSource)}.integration_${holder}s`;
    const { config, signing } = COLUMNS[holder];
    this.column = config;
    this.config = `coalesce(${config}::text, '')`;
    this.signing = signing === null ? 'NULL::text' : `${signing}::text`;
  }

  /** How many values each key has encrypted. */
  async countByKey(): Promise<KeyCount[]> {
    return this.dataSource.query<KeyCount[]>(
      `SELECT found[1] AS key_id, count(*)::text AS values
       FROM ${this.table}, regexp_matches(${this.everything}, $1, 'g') AS found
       GROUP BY 1 ORDER BY 1`,
      [ENCRYPTED_IN_JSON],
    );
  }

  /** The next after an id that hold a value under another key than this one; `null` begins. */
  async otherThan(keyId: string, after: string | null, limit: number): Promise<StoredSecrets[]> {
    return this.dataSource.query<StoredSecrets[]>(
      `SELECT id, ${this.config} AS config, ${this.signing} AS signing_secrets
       FROM ${this.table}
       WHERE ($3::uuid IS NULL OR id > $3) AND EXISTS (
         SELECT FROM regexp_matches(${this.everything}, $1, 'g') AS found
         WHERE found[1] <> $2)
       ORDER BY id LIMIT $4`,
      [ENCRYPTED_IN_JSON, keyId, after, limit],
    );
  }

  async find(id: string): Promise<StoredSecrets | null> {
    const [row] = await this.dataSource.query<StoredSecrets[]>(
      `SELECT id, ${this.config} AS config, ${this.signing} AS signing_secrets
       FROM ${this.table} WHERE id = $1`,
      [id],
    );
    return row ?? null;
  }

  /**
   * Replaces what is stored if it is still what was read: an admin's change in between is never
   * overwritten. False: it is not any more. The revision stays: what is decrypted stays the same,
   * so whatever has it in memory may keep it.
   */
  async replace(read: StoredSecrets, next: StoredSecrets): Promise<boolean> {
    const [, changed] =
      read.signing_secrets === null
        ? await this.dataSource.query<[unknown, number]>(
            `UPDATE ${this.table} SET ${this.column} = $3::json
             WHERE id = $1 AND ${this.column}::text = $2`,
            [read.id, read.config, next.config],
          )
        : await this.dataSource.query<[unknown, number]>(
            `UPDATE ${this.table} SET config = $4::json, signing_secrets = $5::json
             WHERE id = $1 AND config::text = $2 AND signing_secrets::text = $3`,
            [read.id, read.config, read.signing_secrets, next.config, next.signing_secrets],
          );
    return changed === 1;
  }

  private get everything(): string {
    return `concat_ws(' ', ${this.config}, ${this.signing})`;
  }
}
