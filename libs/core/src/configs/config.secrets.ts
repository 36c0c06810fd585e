import { Injectable } from '@nestjs/common';
import type { JsonSchema } from '../schema/json-schema.js';
import { isRecord, mapSecrets, secretsIn } from '../schema/secret-paths.js';
import { isEncrypted, SecretCipher } from '../secrets/secret-cipher.js';

/** A config as admins may see it. */
export interface ShownConfig {
  readonly config: unknown;
  /** Paths of the secrets that are set: `['auth.token']`. */
  readonly secrets: string[];
}

/**
 * Seals and opens what of a config is secret. A ciphertext is bound to its owner
 * (`subscription:<id>`, `connection:<id>`): moved to another, it can't be read.
 */
@Injectable()
export class ConfigSecrets {
  constructor(private readonly cipher: SecretCipher) {}

  /** A config as it is stored: each secret encrypted. */
  seal(owner: string, config: unknown, schema: JsonSchema): unknown {
    return mapSecrets(config, schema, (value) => this.cipher.encrypt(JSON.stringify(value), owner));
  }

  /**
   * A stored config in clear. Ciphertexts are known by their form, not by the schema: what an older
   * version stored has its secrets elsewhere.
   * @throws SecretDecryptionError
   */
  open(owner: string, stored: unknown): unknown {
    return mapEncrypted(stored, (encrypted): unknown =>
      JSON.parse(this.cipher.decrypt(encrypted, owner)),
    );
  }

  /** A stored config without its secrets, and where they are. */
  show(stored: unknown, schema: JsonSchema): ShownConfig {
    const secrets = new Set(secretsIn(stored, schema).map(({ path }) => path));
    const config = mapEncrypted(
      mapSecrets(stored, schema, () => undefined),
      (_encrypted, path) => {
        secrets.add(path);
        return undefined;
      },
    );
    return { config, secrets: [...secrets] };
  }
}

/** Where a config has values in the form of a ciphertext. One that is given in clear may have none. */
export function encryptedPaths(config: unknown): string[] {
  const paths: string[] = [];
  mapEncrypted(config, (encrypted, path) => {
    paths.push(path);
    return encrypted;
  });
  return paths;
}

/** The texts of a config's secrets: values that must not reach a log. */
export function secretTexts(config: unknown, schema: JsonSchema): string[] {
  return secretsIn(config, schema).flatMap(({ value }) => textsIn(value));
}

/** A secret may be an object of secret texts. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** A copy in which each ciphertext is replaced; `undefined` leaves it out. */
function mapEncrypted(
  value: unknown,
  onEncrypted: (encrypted: string, path: string) => unknown,
  path = '',
): unknown {
  if (isEncrypted(value)) return onEncrypted(value, path);
  if (Array.isArray(value)) {
    const list: unknown[] = value;
    return list
      .map((item, i) => mapEncrypted(item, onEncrypted, `${path}[${i}]`))
      .filter((item) => item !== undefined);
  }
  if (!isRecord(value)) return value;
  const copy = Object.entries(value)
    .map(([name, child]): [string, unknown] => [
      name,
      mapEncrypted(child, onEncrypted, path === '' ? name : `${path}.${name}`),
    ])
    .filter(([, mapped]) => mapped !== undefined);
  return Object.fromEntries(copy);
}
