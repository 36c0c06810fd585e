import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../integration.error.js';
import { jsonSchemaOf, type JsonSchema } from '../schema/json-schema.js';
import type { OAuthDeclaration } from '../oauth/oauth-client.js';
import type { DeliveryProvider } from './delivery-provider.js';
import type {
  IntegrationProviderOptions,
  ProviderDocumentation,
} from './integration-provider.decorator.js';
import { optionFieldsOf, withOptionHints, type OptionField } from './option-fields.js';
import type { VersionedSchema } from './versioned.js';

/** What a provider's connections must fit. */
export interface RegisteredConnection {
  readonly version: number;
  readonly jsonSchema: JsonSchema;
  /** Whether a subscription may do without one. */
  readonly isOptional: boolean;
}

/** A provider, as the registry knows it. */
export interface RegisteredProvider {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly icon: string | null;
  readonly configVersion: number;
  readonly configSchema: JsonSchema;
  /** Of its connections; `null`: it has none. */
  readonly connection: RegisteredConnection | null;
  readonly signing: 'none' | 'standard-webhooks';
  /** Whether a subscription may have a thread key. */
  readonly hasThreads: boolean;
  readonly documentation: ProviderDocumentation | null;
}

/** With what delivering needs. */
export interface BoundProvider extends RegisteredProvider {
  /** Its class, for messages. */
  readonly owner: string;
  readonly config: VersionedSchema;
  readonly connection: (RegisteredConnection & { readonly versioned: VersionedSchema }) | null;
  readonly oauth: OAuthDeclaration | null;
  readonly optionFields: ReadonlyMap<string, OptionField>;
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
    try {
      this.providers.set(options.id, bound(options, instance, owner));
      return null;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return `provider '${options.id}' (${owner}): ${reason}`;
    }
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

/** @throws Error where a schema has no JSON form */
function bound(
  options: IntegrationProviderOptions,
  instance: DeliveryProvider,
  owner: string,
): BoundProvider {
  const { connection } = options;
  const configSchema = jsonFormOf('config', options.config);
  const optionFields = optionFieldsOf(instance, configSchema);
  return {
    id: options.id,
    displayName: options.displayName,
    description: options.description ?? null,
    icon: options.icon ?? null,
    configVersion: options.config.version,
    configSchema: withOptionHints(configSchema, optionFields.values()),
    signing: options.signing ?? 'none',
    hasThreads: options.threads ?? false,
    documentation: options.documentation ?? null,
    owner,
    config: options.config,
    connection: connection
      ? {
          version: connection.version,
          jsonSchema: jsonFormOf('connection', connection),
          isOptional: options.connectionOptional ?? false,
          versioned: connection,
        }
      : null,
    oauth: options.oauth ?? null,
    optionFields,
    instance,
  };
}

function jsonFormOf(what: 'config' | 'connection', { schema }: VersionedSchema): JsonSchema {
  try {
    return jsonSchemaOf(schema);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`its ${what} can't be shown as JSON Schema: ${reason}`, { cause: error });
  }
}
