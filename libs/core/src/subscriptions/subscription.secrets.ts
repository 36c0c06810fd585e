import { Injectable } from '@nestjs/common';
import { ConfigSecrets, type ShownConfig } from '../configs/config.secrets.js';
import { connectionOwner } from '../connections/connection-owner.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { SecretCipher } from '../secrets/secret-cipher.js';
import type { SigningSecret } from './signing-secret.js';
import { kindOf, publicKeyOf } from './signing-secrets.js';
import type { StoredSigningSecret } from './subscription.entity.js';

/** Seals and opens what of a subscription is secret. Ciphertexts are bound to the subscription. */
@Injectable()
export class SubscriptionSecrets {
  private readonly configs: ConfigSecrets;

  constructor(private readonly cipher: SecretCipher) {
    this.configs = new ConfigSecrets(cipher);
  }

  /** A config as it is stored: each secret encrypted. */
  seal(id: string, config: unknown, schema: JsonSchema): unknown {
    return this.configs.seal(ownerOf(id), config, schema);
  }

  /** A stored config in clear. @throws SecretDecryptionError */
  open(id: string, stored: unknown): unknown {
    return this.configs.open(ownerOf(id), stored);
  }

  /** The stored config of the connection that it names, in clear. @throws SecretDecryptionError */
  openConnection(connectionId: string, stored: unknown): unknown {
    return this.configs.open(connectionOwner(connectionId), stored);
  }

  /** A stored config without its secrets, and where they are. */
  show(stored: unknown, schema: JsonSchema): ShownConfig {
    return this.configs.show(stored, schema);
  }

  sealSigning(id: string, { id: secretId, secret, expiresAt }: SigningSecret): StoredSigningSecret {
    return {
      id: secretId,
      kind: kindOf(secret),
      publicKey: publicKeyOf(secret),
      encrypted: this.cipher.encrypt(secret, ownerOf(id)),
      expiresAt: expiresAt ?? null,
    };
  }

  /** @throws SecretDecryptionError */
  openSigning(id: string, stored: readonly StoredSigningSecret[]): SigningSecret[] {
    return stored.map(({ id: secretId, encrypted, expiresAt }) => ({
      id: secretId,
      secret: this.cipher.decrypt(encrypted, ownerOf(id)),
      ...(expiresAt === null ? {} : { expiresAt }),
    }));
  }
}

/** What a subscription's ciphertexts are bound to. */
export function ownerOf(subscriptionId: string): string {
  return `subscription:${subscriptionId}`;
}
