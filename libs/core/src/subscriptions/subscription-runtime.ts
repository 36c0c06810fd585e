import type { RetryPolicy } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { parseConfig } from '../providers/config-schema.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { secretsIn } from '../schema/secret-paths.js';
import type { SigningSecret } from './signing-secret.js';
import { keyTextOf } from './signing-secrets.js';
import type { StoredSigningSecret } from './subscription.entity.js';
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
  readonly signingSecrets: readonly SigningSecret[];
  /** Values that must not reach a log. */
  readonly secretValues: readonly string[];
  readonly retryPolicy: RetryPolicy;
  readonly timeoutMs: number | null;
}

/** One that can't be used as it is stored, and why. */
export interface BrokenSubscription {
  readonly id: string;
  readonly revision: number;
  readonly broken: string;
}

interface SubscriptionRow {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly revision: number;
  readonly provider: string;
  readonly config: unknown;
  readonly config_version: number;
  readonly signing_secrets: readonly StoredSigningSecret[];
  readonly retry_policy: RetryPolicy;
  readonly timeout_ms: number | null;
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
      text: `SELECT id, tenant, name, revision, provider, config, config_version, signing_secrets,
          retry_policy, timeout_ms
        FROM ${this.schema}.integration_subscriptions WHERE id = ANY($1::uuid[])`,
      values: [ids],
    });
    return new Map(rows.map((row) => [row.id, this.runtimeOf(row)]));
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
        const fields = parsed.problems.map((p) => `${p.field}: ${p.message}`).join('; ');
        return { id, revision, broken: `Its config does not fit its provider's schema: ${fields}` };
      }
      const signingSecrets = this.secrets.openSigning(id, row.signing_secrets);
      return {
        id,
        revision,
        name: row.name,
        tenant: row.tenant,
        provider: row.provider,
        config: parsed.config,
        signingSecrets,
        secretValues: [
          ...secretsIn(parsed.config, provider.configSchema).flatMap(({ value }) => textsIn(value)),
          // Receivers know them too, and may repeat them, with their prefix or without.
          ...signingSecrets.map(({ secret }) => keyTextOf(secret)),
        ],
        retryPolicy: row.retry_policy,
        timeoutMs: row.timeout_ms,
      };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { id, revision, broken: `Its config can't be read: ${reason}` };
    }
  }
}

/** A secret may be an object of secret texts. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
