import { Injectable } from '@nestjs/common';
import type { JsonSchema } from '../schema/json-schema.js';
import { isRecord, mapSecrets, secretsIn } from '../schema/secret-paths.js';
import { isEncrypted, SecretCipher } from '../secrets/secret-cipher.js';
import type { SigningSecret } from './signing-secret.js';
import { kindOf, publicKeyOf } from './signing-secrets.js';
import type { StoredSigningSecret } from './subscription.entity.js';

/** Seals and opens what of a subscription is secret. Ciphertexts are bound to the subscription. */
@Injectable()
export class SubscriptionSecrets {
  constructor(private readonly cipher: SecretCipher) {}

  /** A config as it is stored: each secret encrypted. */
  seal(id: string, config: unknown, schema: JsonSchema): unknown {
    return mapSecrets(config, schema, (value) =>
      this.cipher.encrypt(JSON.stringify(value), contextOf(id)),
    );
  }

  /**
   * A stored config in clear. Ciphertexts are known by their form, not by the schema: what an older
   * version stored has its secrets elsewhere.
   * @throws SecretDecryptionError
   */
  open(id: string, stored: unknown): unknown {
    return mapEncrypted(stored, (encrypted): unknown =>
      JSON.parse(this.cipher.decrypt(encrypted, contextOf(id))),
    );
  }

  /** A stored config without its secrets, and where they are. */
  show(stored: unknown, schema: JsonSchema): { config: unknown; secrets: string[] } {
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

  sealSigning(id: string, { id: secretId, secret, expiresAt }: SigningSecret): StoredSigningSecret {
    return {
      id: secretId,
      kind: kindOf(secret),
      publicKey: publicKeyOf(secret),
      encrypted: this.cipher.encrypt(secret, contextOf(id)),
      expiresAt: expiresAt ?? null,
    };
  }

  /** @throws SecretDecryptionError */
  openSigning(id: string, stored: readonly StoredSigningSecret[]): SigningSecret[] {
    return stored.map(({ id: secretId, encrypted, expiresAt }) => ({
      id: secretId,
      secret: this.cipher.decrypt(encrypted, contextOf(id)),
      ...(expiresAt === null ? {} : { expiresAt }),
    }));
  }
}

/** Whose secrets they are: part of what the cipher authenticates. */
export function contextOf(subscriptionId: string): string {
  return `subscription:${subscriptionId}`;
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
