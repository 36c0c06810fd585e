import { Injectable } from '@nestjs/common';
import type { JsonSchema } from '../schema/json-schema.js';
import { isRecord, mapSecrets, secretsIn } from '../schema/secret-paths.js';
import { SecretCipher } from '../secrets/secret-cipher.js';
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

  /** A stored config in clear. @throws SecretDecryptionError */
  open(id: string, stored: unknown, schema: JsonSchema): unknown {
    return mapSecrets(stored, schema, (value): unknown =>
      JSON.parse(this.cipher.decrypt(String(value), contextOf(id))),
    );
  }

  /** A stored config without its secrets, and where they are. */
  show(stored: unknown, schema: JsonSchema): { config: unknown; secrets: string[] } {
    return {
      config: mapSecrets(stored, schema, () => undefined),
      secrets: secretsIn(stored, schema).map(({ path }) => path),
    };
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

function contextOf(subscriptionId: string): string {
  return `subscription:${subscriptionId}`;
}

/**
 * `next` with the secrets that it leaves out taken from `current`, where their place is still there:
 * the objects around them, with the same constants (an auth of the same type). `null` clears.
 */
export function keepSecrets(current: unknown, next: unknown, schema: JsonSchema): unknown {
  const merged = structuredClone(next);
  for (const { path, value } of secretsIn(current, schema)) {
    const parts = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
    const name = parts.pop() ?? '';
    const place = placeOf(merged, current, parts);
    if (place && !(name in place)) place[name] = value;
  }
  return dropCleared(merged, schema);
}

function placeOf(
  merged: unknown,
  current: unknown,
  parts: readonly string[],
): Record<string, unknown> | null {
  let [to, from] = [merged, current];
  for (const part of parts) {
    if (!isContainer(to) || !isContainer(from)) return null;
    to = Reflect.get(to, part);
    from = Reflect.get(from, part);
  }
  if (!isRecord(to) || !isRecord(from)) return null;
  // Another kind of the same thing (bearer → basic) is another place.
  return to['type'] === from['type'] ? to : null;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A secret given as null is left out: required ones are then refused by the schema. */
function dropCleared(config: unknown, schema: JsonSchema): unknown {
  if (!isRecord(config) && !Array.isArray(config)) return config;
  return mapNulls(config, schema);
}

function mapNulls(config: unknown, schema: JsonSchema): unknown {
  const marked = JSON.parse(
    JSON.stringify(config, (_key, value: unknown) => (value === null ? CLEARED : value)),
  ) as unknown;
  const withoutSecrets = mapSecrets(marked, schema, (value) =>
    value === CLEARED ? undefined : value,
  );
  return JSON.parse(
    JSON.stringify(withoutSecrets, (_key, value: unknown) => (value === CLEARED ? null : value)),
  ) as unknown;
}

const CLEARED = '\u0000cleared';
