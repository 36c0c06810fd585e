import { Injectable } from '@nestjs/common';
import { OutboundHttp } from '../http/outbound-http.js';
import { InvalidInputError, type FieldProblem } from '../integration.error.js';
import { parseConfig, parseGivenConfig } from '../providers/config-schema.js';
import type { VersionedSchema } from '../providers/versioned.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { SecretDecryptionError } from '../secrets/secret-cipher.js';
import { ConfigSecrets, encryptedPaths } from './config.secrets.js';
import { destinationProblems } from './destination.problems.js';
import { keepSecrets } from './keep-secrets.js';
import { movedSecretProblems } from './moved-secrets.js';

/** What a config must fit. */
export interface ConfigForm {
  readonly versioned: VersionedSchema;
  readonly jsonSchema: JsonSchema;
  /** What the schema can't say; paths below the config. */
  readonly validate?: (config: unknown) => readonly FieldProblem[];
}

export interface StoredConfig {
  /** `subscription:<id>`, `connection:<id>`: what its ciphertexts are bound to. */
  readonly owner: string;
  readonly config: unknown;
  readonly version: number;
}

/** Judges the configs that admins give, and reads those that are stored. */
@Injectable()
export class ConfigChecker {
  constructor(
    private readonly secrets: ConfigSecrets,
    private readonly http: OutboundHttp,
  ) {}

  /**
   * The config, parsed, its defaults applied.
   * @throws InvalidInputError with all that is wrong, also what was found `before`
   */
  check(form: ConfigForm, given: unknown, before: readonly FieldProblem[] = []): unknown {
    const parsed = parseGivenConfig(form.versioned, given);
    if (!parsed.ok) throw new InvalidInputError([...before, ...parsed.problems]);
    const problems = [
      ...before,
      ...encryptedPaths(parsed.config).map((path) => ({
        field: `config.${path}`,
        message: 'has the form of an encrypted secret; give the value itself',
      })),
      ...destinationProblems(parsed.config, form.jsonSchema, this.http),
      ...(form.validate?.(parsed.config) ?? []).map(({ field, message }) => ({
        field: `config.${field}`,
        message,
      })),
    ];
    if (problems.length > 0) throw new InvalidInputError(problems);
    return parsed.config;
  }

  /**
   * `given` with the secrets of the stored config that it leaves out.
   * @throws InvalidInputError naming those that would be sent elsewhere than before
   */
  withKept(form: ConfigForm, stored: StoredConfig, given: unknown): unknown {
    const current = this.current(form, stored);
    const merged = keepSecrets(current, given, form.jsonSchema);
    const problems = movedSecretProblems({ current, given, merged }, form.jsonSchema);
    if (problems.length > 0) throw new InvalidInputError(problems);
    return merged;
  }

  /** A stored config in clear, of the current version; undefined: it can't be read, or does not fit. */
  current(form: ConfigForm, { owner, config, version }: StoredConfig): unknown {
    try {
      const opened = this.secrets.open(owner, config);
      const parsed = parseConfig(form.versioned, { config: opened, version });
      return parsed.ok ? parsed.config : undefined;
    } catch (error) {
      if (!(error instanceof SecretDecryptionError)) throw error;
      // What can't be read can't be kept: a secret that is needed is then asked for.
      return undefined;
    }
  }
}
