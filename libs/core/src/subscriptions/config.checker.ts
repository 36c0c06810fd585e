import { InvalidInputError, type FieldProblem } from '../integration.error.js';
import { parseConfig, parseGivenConfig } from '../providers/config-schema.js';
import type { BoundProvider, ProviderRegistry } from '../providers/provider.registry.js';
import { SecretDecryptionError } from '../secrets/secret-cipher.js';
import { keepSecrets } from './keep-secrets.js';
import type { SubscriptionEntity } from './subscription.entity.js';
import { encryptedPaths, type SubscriptionSecrets } from './subscription.secrets.js';

/** A config that its provider takes, in clear. */
export interface CheckedConfig {
  readonly provider: BoundProvider;
  readonly config: unknown;
}

/** Judges the configs that admins give, each by its provider. */
export class ConfigChecker {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly secrets: SubscriptionSecrets,
  ) {}

  /** @throws InvalidInputError with all that is wrong, also what was found `before` */
  check(
    given: { readonly provider: string; readonly config: unknown },
    before: readonly FieldProblem[],
  ): CheckedConfig {
    const provider = this.providers.find(given.provider);
    if (!provider) throw new InvalidInputError([...before, this.unknownProvider(given.provider)]);
    const parsed = parseGivenConfig(provider.config, given.config);
    if (!parsed.ok) throw new InvalidInputError([...before, ...parsed.problems]);
    const problems = [
      ...before,
      ...encryptedPaths(parsed.config).map((path) => ({
        field: `config.${path}`,
        message: 'has the form of an encrypted secret; give the value itself',
      })),
      ...(provider.instance.validate?.(parsed.config) ?? []).map(({ field, message }) => ({
        field: `config.${field}`,
        message,
      })),
    ];
    if (problems.length > 0) throw new InvalidInputError(problems);
    return { provider, config: parsed.config };
  }

  /** `given` with the secrets of the stored config that it leaves out. */
  withKept(row: SubscriptionEntity, given: unknown): unknown {
    const provider = this.providers.find(row.provider);
    if (!provider) return given;
    return keepSecrets(this.current(row, provider), given, provider.configSchema);
  }

  private current(row: SubscriptionEntity, provider: BoundProvider): unknown {
    try {
      const config = this.secrets.open(row.id, row.config);
      const parsed = parseConfig(provider.config, { config, version: row.configVersion });
      return parsed.ok ? parsed.config : undefined;
    } catch (error) {
      if (!(error instanceof SecretDecryptionError)) throw error;
      // What can't be read can't be kept: a secret that is needed is then asked for.
      return undefined;
    }
  }

  private unknownProvider(id: string): FieldProblem {
    const known = this.providers.list().map((provider) => provider.id);
    return {
      field: 'provider',
      message: `'${id}' is not registered; there are ${known.join(', ') || 'none'}`,
    };
  }
}
