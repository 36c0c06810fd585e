import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from '../schema/json-schema.js';
import { secretsIn } from '../schema/secret-paths.js';
import { SecretDecryptionError } from '../secrets/secret-cipher.js';

/** A stored config, and how its secrets are read. */
export interface SealedConfig {
  readonly config: unknown;
  /** Left out: its provider is not registered. */
  readonly schema: JsonSchema | undefined;
  /** @throws SecretDecryptionError */
  readonly open: (config: unknown) => unknown;
}

/**
 * Paths of the secrets that have another value in `after`: the values themselves are for nobody. Empty
 * where one of the two can't be read.
 */
export function changedSecrets(before: SealedConfig, after: SealedConfig): string[] {
  const [old, current] = [secretValues(before), secretValues(after)];
  if (!old || !current) return [];
  const paths = new Set([...old.keys(), ...current.keys()]);
  return [...paths].filter((path) => !isDeepStrictEqual(old.get(path), current.get(path)));
}

function secretValues({ config, schema, open }: SealedConfig): Map<string, unknown> | null {
  if (!schema) return null;
  try {
    return new Map(secretsIn(open(config), schema).map(({ path, value }) => [path, value]));
  } catch (error) {
    if (error instanceof SecretDecryptionError) return null;
    throw error;
  }
}
