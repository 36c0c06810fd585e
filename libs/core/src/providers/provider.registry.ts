import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../integration.error.js';
import { jsonSchemaOf, type JsonSchema } from '../schema/json-schema.js';
import type { DeliveryProvider } from './delivery-provider.js';
import type {
  IntegrationProviderOptions,
  ProviderDocumentation,
} from './integration-provider.decorator.js';
import type { VersionedSchema } from './versioned.js';

/** A provider, as the registry knows it. */
export interface RegisteredProvider {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly icon: string | null;
  readonly configVersion: number;
  readonly configSchema: JsonSchema;
  readonly signing: 'none' | 'standard-webhooks';
  readonly documentation: ProviderDocumentation | null;
}

/** With what delivering needs. */
export interface BoundProvider extends RegisteredProvider {
  /** Its class, for messages. */
  readonly owner: string;
  readonly config: VersionedSchema;
  readonly instance: DeliveryProvider;
}

/** Every provider of the app. Filled once, at start. */
@Injectable()
export class ProviderRegistry {
  private readonly providers = new Map<string, BoundProvider>();

  /** Returns the problem where the id is taken, or the config's schema has no JSON form. */
  add(
    options: IntegrationProviderOptions,
    instance: DeliveryProvider,
    owner: string,
  ): string | null {
    const first = this.providers.get(options.id);
    if (first) {
      return `provider '${options.id}' is declared twice: by ${first.owner} and by ${owner}`;
    }
    const configSchema = configSchemaOf(options);
    if (!configSchema.ok) {
      return `provider '${options.id}' (${owner}): its config can't be shown as JSON Schema: ${configSchema.reason}`;
    }
    this.providers.set(options.id, {
      id: options.id,
      displayName: options.displayName,
      description: options.description ?? null,
      icon: options.icon ?? null,
      configVersion: options.config.version,
      configSchema: configSchema.schema,
      signing: options.signing ?? 'none',
      documentation: options.documentation ?? null,
      owner,
      config: options.config,
      instance,
    });
    return null;
  }

  list(): readonly RegisteredProvider[] {
    return [...this.providers.values()];
  }

  find(id: string): BoundProvider | undefined {
    return this.providers.get(id);
  }

  /** @throws NotFoundError */
  get(id: string): BoundProvider {
    const provider = this.providers.get(id);
    if (!provider) throw new NotFoundError('provider', id);
    return provider;
  }
}

function configSchemaOf({
  config,
}: IntegrationProviderOptions): { ok: true; schema: JsonSchema } | { ok: false; reason: string } {
  try {
    return { ok: true, schema: jsonSchemaOf(config.schema) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
