import type { DeliveryLimits, RetryPolicy } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { secretTexts } from '../configs/config.secrets.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { misfitText, parseConfig } from '../providers/config-schema.js';
import { ProviderRegistry, type BoundProvider } from '../providers/provider.registry.js';
import { ThreadKey } from '../threads/thread-key.js';
import type { SigningSecret } from './signing-secret.js';
import { keyTextOf } from './signing-secrets.js';
import type { StoredSigningSecret, SubscriptionEntity } from './subscription.entity.js';
import { SubscriptionSecrets } from './subscription.secrets.js';

/** A subscription as an attempt needs it: config in clear and parsed. One object for a revision. */
export interface SubscriptionRuntime {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly revision: number;
  /** The provider's id. */
  readonly provider: string;
  readonly config: unknown;
  readonly connectionId: string | null;
  /** Of the connection that it names; `undefined`: none. */
  readonly connection: unknown;
  readonly signingSecrets: readonly SigningSecret[];
  /** Values that must not reach a log. */
  readonly secretValues: readonly string[];
  readonly retryPolicy: RetryPolicy;
  readonly timeoutMs: number | null;
  readonly limits: DeliveryLimits | null;
  readonly threadKey: ThreadKey | null;
  /** Source of its transformation. */
  readonly transform: string | null;
}

/** One that can't be used as it is stored, and why. */
export interface BrokenSubscription {
  readonly id: string;
  readonly revision: number;
  readonly broken: string;
  /** Its config, or its connection's, is not one for the running version of its provider. */
  readonly isMisfit?: boolean;
}

interface SubscriptionRow {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly revision: number;
  readonly provider: string;
  readonly config: unknown;
  readonly config_version: number;
  readonly connection_id: string | null;
  readonly connection_provider: string | null;
  readonly connection_config: unknown;
  readonly connection_version: number | null;
  readonly signing_secrets: readonly StoredSigningSecret[];
  readonly retry_policy: RetryPolicy;
  readonly timeout_ms: number | null;
  readonly limits: DeliveryLimits | null;
  readonly thread_key: string | null;
  readonly transform: string | null;
}

/** Reads subscriptions for delivering, many in one query. */
@Injectable()
export class SubscriptionRuntimeLoader {
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database }: Pick<ResolvedIntegrationOptions, 'database'>,
    private readonly providers: ProviderRegistry,
    private readonly secrets: SubscriptionSecrets,
  ) {
    this.schema = database.schema;
  }

  /** By id; one that is deleted is absent, one that is broken does not affect the others. */
  async load(
    ids: readonly string[],
  ): Promise<Map<string, SubscriptionRuntime | BrokenSubscription>> {
    const { rows } = await this.pool.query<SubscriptionRow>({
      name: 'subscription.load',
      text: `SELECT s.id, s.tenant, s.name, s.revision, s.provider, s.config, s.config_version,
          s.signing_secrets, s.retry_policy, s.timeout_ms, s.limits, s.thread_key, s.transform,
          s.connection_id,
          c.provider AS connection_provider, c.config AS connection_config,
          c.config_version AS connection_version
        FROM ${this.schema}.integration_subscriptions s
        LEFT JOIN ${this.schema}.integration_connections c
          ON c.id = s.connection_id AND c.tenant = s.tenant
        WHERE s.id = ANY($1::uuid[])`,
      values: [ids],
    });
    return new Map(rows.map((row) => [row.id, this.runtimeOf(row)]));
  }

  /** Of a row that may not be stored, with its stored connection. */
  async ofRow(row: SubscriptionEntity): Promise<SubscriptionRuntime | BrokenSubscription> {
    const { rows } = await this.pool.query<ConnectionPart>(
      `SELECT c.provider AS connection_provider, c.config AS connection_config,
         c.config_version AS connection_version
       FROM ${this.schema}.integration_connections c WHERE c.id = $1 AND c.tenant = $2`,
      [row.connectionId, row.tenant],
    );
    const [connection = NO_CONNECTION] = rows;
    return this.runtimeOf({
      id: row.id,
      tenant: row.tenant,
      name: row.name,
      revision: row.revision,
      provider: row.provider,
      config: row.config,
      config_version: row.configVersion,
      connection_id: row.connectionId,
      ...connection,
      signing_secrets: row.signingSecrets,
      retry_policy: row.retryPolicy,
      timeout_ms: row.timeoutMs,
      limits: row.limits,
      thread_key: row.threadKey,
      transform: row.transform,
    });
  }

  private runtimeOf(row: SubscriptionRow): SubscriptionRuntime | BrokenSubscription {
    const { id, revision } = row;
    const provider = this.providers.find(row.provider);
    if (!provider) {
      return {
        id,
        revision,
        broken: `No provider '${row.provider}' is registered: import its module`,
      };
    }
    try {
      const opened = this.secrets.open(id, row.config);
      const parsed = parseConfig(provider.config, { config: opened, version: row.config_version });
      if (!parsed.ok) {
        const fields = misfitText(parsed.problems);
        return {
          id,
          revision,
          broken: `Its config does not fit its provider's schema: ${fields}`,
          isMisfit: true,
        };
      }
      const account = this.accountOf(row, provider);
      if ('broken' in account) return { id, revision, ...account };
      const signingSecrets = this.secrets.openSigning(id, row.signing_secrets);
      return {
        id,
        revision,
        name: row.name,
        tenant: row.tenant,
        provider: row.provider,
        config: parsed.config,
        connectionId: row.connection_id,
        connection: account.config,
        signingSecrets,
        secretValues: [
          ...secretTexts(parsed.config, provider.configSchema),
          ...account.secretValues,
          // Receivers know them too, and may repeat them, with their prefix or without.
          ...signingSecrets.map(({ secret }) => keyTextOf(secret)),
        ],
        retryPolicy: row.retry_policy,
        timeoutMs: row.timeout_ms,
        limits: row.limits,
        threadKey: row.thread_key === null ? null : ThreadKey.compile(row.thread_key),
        transform: row.transform,
      };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { id, revision, broken: `Its config can't be read: ${reason}` };
    }
  }

  /** The connection in clear. A provider gets only the one that the subscription names, of its own kind. */
  private accountOf(row: SubscriptionRow, { id, connection }: BoundProvider): Account {
    if (!connection) return NO_ACCOUNT;
    if (row.connection_id === null) {
      return connection.isOptional
        ? NO_ACCOUNT
        : { broken: `It names no connection, and '${id}' delivers by one` };
    }
    if (row.connection_provider !== id) {
      return { broken: `Its connection is not one of the provider '${id}'` };
    }
    const opened = this.secrets.openConnection(row.connection_id, row.connection_config);
    const version = row.connection_version ?? 0;
    const parsed = parseConfig(connection.versioned, { config: opened, version });
    return parsed.ok
      ? {
          config: parsed.config,
          secretValues: secretTexts(parsed.config, connection.jsonSchema),
        }
      : {
          broken: `Its connection does not fit its provider's schema: ${misfitText(parsed.problems)}`,
          isMisfit: true,
        };
  }
}

type ConnectionPart = Pick<
  SubscriptionRow,
  'connection_provider' | 'connection_config' | 'connection_version'
>;

const NO_CONNECTION: ConnectionPart = {
  connection_provider: null,
  connection_config: null,
  connection_version: null,
};

type Account =
  | { readonly config: unknown; readonly secretValues: readonly string[] }
  | { readonly broken: string; readonly isMisfit?: boolean };

const NO_ACCOUNT: Account = { config: undefined, secretValues: [] };
