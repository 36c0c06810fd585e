import { Injectable } from '@nestjs/common';
import { AuditLog, type AuditWriter } from '../audit/audit.log.js';
import { changedSecrets, type SealedConfig } from '../configs/changed-secrets.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { SubscriptionEntity } from './subscription.entity.js';
import { SubscriptionSecrets } from './subscription.secrets.js';

/** A subscription before and after a change; null: it was not there, or is not any more. */
export interface SubscriptionChange {
  readonly before: SubscriptionEntity | null;
  readonly after: SubscriptionEntity | null;
}

/** Writes changes of subscriptions into the audit log, less their secrets, as their schemas mark them. */
@Injectable()
export class SubscriptionAuditor {
  constructor(
    private readonly audit: AuditLog,
    private readonly providers: ProviderRegistry,
    private readonly secrets: SubscriptionSecrets,
  ) {}

  /** With the transaction of the change. */
  async record({ before, after }: SubscriptionChange, writer: AuditWriter): Promise<void> {
    const row = after ?? before;
    if (!row) return;
    const changed = before && after ? changedSecrets(this.sealed(before), this.sealed(after)) : [];
    const operation = before === null ? 'create' : after === null ? 'delete' : 'update';
    await this.audit.record(
      {
        tenant: row.tenant,
        subjectType: 'subscription',
        subjectId: row.id,
        before: before && this.shown(before),
        after: after && {
          ...this.shown(after),
          ...(changed.length > 0 && { changedSecrets: changed }),
        },
      },
      { operation: `${operation}Subscription`, writer },
    );
  }

  /** Every setting, also those that a later version adds; of secrets only where they are. */
  private shown({ config, signingSecrets, ...settings }: SubscriptionEntity): object {
    const provider = this.providers.find(settings.provider);
    // Without its provider nobody knows which fields are secret: none is shown.
    const shown = provider
      ? this.secrets.show(config, provider.configSchema)
      : { config: null, secrets: [] };
    return {
      ...settings,
      config: shown.config,
      configSecrets: shown.secrets,
      signingSecrets: signingSecrets.map(({ id, kind, publicKey, expiresAt }) => ({
        id,
        kind,
        publicKey,
        expiresAt,
      })),
    };
  }

  private sealed({ id, provider, config }: SubscriptionEntity): SealedConfig {
    const open = (stored: unknown) => this.secrets.open(id, stored);
    return { config, schema: this.providers.find(provider)?.configSchema, open };
  }
}
