import { Injectable } from '@nestjs/common';
import { AuditLog, type AuditWriter } from '../audit/audit.log.js';
import { changedSecrets, type SealedConfig } from '../configs/changed-secrets.js';
import { ConfigSecrets } from '../configs/config.secrets.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { connectionOwner } from './connection-owner.js';
import type { ConnectionEntity } from './connection.entity.js';

/** A connection before and after a change; null: it was not there, or is not any more. */
export interface ConnectionChange {
  readonly before: ConnectionEntity | null;
  readonly after: ConnectionEntity | null;
}

/** Writes changes of connections into the audit log, less their secrets. */
@Injectable()
export class ConnectionAuditor {
  constructor(
    private readonly audit: AuditLog,
    private readonly providers: ProviderRegistry,
    private readonly secrets: ConfigSecrets,
  ) {}

  /** With the transaction of the change. */
  async record({ before, after }: ConnectionChange, writer: AuditWriter): Promise<void> {
    const row = after ?? before;
    if (!row) return;
    const changed = before && after ? changedSecrets(this.sealed(before), this.sealed(after)) : [];
    const operation = before === null ? 'create' : after === null ? 'delete' : 'update';
    await this.audit.record(
      {
        tenant: row.tenant,
        subjectType: 'connection',
        subjectId: row.id,
        before: before && this.shown(before),
        after: after && {
          ...this.shown(after),
          ...(changed.length > 0 && { changedSecrets: changed }),
        },
      },
      { operation: `${operation}Connection`, writer },
    );
  }

  private shown({ config, ...settings }: ConnectionEntity): object {
    const schema = this.schemaOf(settings.provider);
    // Without its provider nobody knows which fields are secret: none is shown.
    const shown = schema ? this.secrets.show(config, schema) : { config: null, secrets: [] };
    return { ...settings, config: shown.config, configSecrets: shown.secrets };
  }

  private sealed({ id, provider, config }: ConnectionEntity): SealedConfig {
    const open = (stored: unknown) => this.secrets.open(connectionOwner(id), stored);
    return { config, schema: this.schemaOf(provider), open };
  }

  private schemaOf(provider: string): JsonSchema | undefined {
    return this.providers.find(provider)?.connection?.jsonSchema;
  }
}
