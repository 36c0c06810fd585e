import { ConfigChecker, type ConfigForm } from '../configs/config.checker.js';
import { InvalidInputError, type FieldProblem } from '../integration.error.js';
import type { BoundProvider, ProviderRegistry } from '../providers/provider.registry.js';
import type { SubscriptionEntity } from './subscription.entity.js';
import { ownerOf } from './subscription.secrets.js';

/** A config that its provider takes, in clear. */
export interface CheckedConfig {
  readonly provider: BoundProvider;
  readonly config: unknown;
}

/** Judges the configs of subscriptions, each by its provider. */
export class SubscriptionConfigChecker {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly configs: ConfigChecker,
  ) {}

  /** @throws InvalidInputError with all that is wrong, also what was found `before` */
  check(
    given: {
      readonly provider: string;
      readonly config: unknown;
      readonly hasConnection: boolean;
    },
    before: readonly FieldProblem[],
  ): CheckedConfig {
    const provider = this.providers.find(given.provider);
    if (!provider) throw new InvalidInputError([...before, this.unknownProvider(given.provider)]);
    const form = formOf(provider, given.hasConnection);
    return { provider, config: this.configs.check(form, given.config, before) };
  }

  /** `given` with the secrets of the stored config that it leaves out. */
  withKept(row: SubscriptionEntity, given: unknown): unknown {
    const provider = this.providers.find(row.provider);
    if (!provider) return given;
    const stored = { owner: ownerOf(row.id), config: row.config, version: row.configVersion };
    return this.configs.withKept(formOf(provider, false), stored, given);
  }

  private unknownProvider(id: string): FieldProblem {
    const known = this.providers.list().map((provider) => provider.id);
    return {
      field: 'provider',
      message: `'${id}' is not registered; there are ${known.join(', ') || 'none'}`,
    };
  }
}

function formOf(provider: BoundProvider, hasConnection: boolean): ConfigForm {
  const { config, configSchema, instance } = provider;
  return {
    versioned: config,
    jsonSchema: configSchema,
    validate: (parsed) => instance.validate?.(parsed, { hasConnection }) ?? [],
  };
}
