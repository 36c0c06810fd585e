import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { IntegrationError } from '../integration.error.js';
import { ENCRYPTED_FORM } from './encrypted-form.js';
import type { KeyRing } from './key-ring.js';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORM = new RegExp(`^${ENCRYPTED_FORM}$`);

/** A stored secret can't be read: its key is gone, or it was changed or moved. */
export class SecretDecryptionError extends IntegrationError<'SECRET_DECRYPTION'> {
  constructor(reason: string, options?: ErrorOptions) {
    super('SECRET_DECRYPTION', `A stored secret can't be decrypted: ${reason}`, options);
  }
}

/** Whether a value is in the form that secrets are stored in. */
export function isEncrypted(value: unknown): value is string {
  return typeof value === 'string' && FORM.test(value);
}

/** The id of the key that a stored secret was encrypted with; null where it is none. */
export function keyIdOf(stored: string): string | null {
  return FORM.exec(stored)?.[1] ?? null;
}

/**
 * Encrypts secrets for the database: `enc:v1:<key id>:<iv, tag and ciphertext>`, AES-256-GCM. The
 * context (whose secret it is) is authenticated, so a ciphertext copied to another row is refused.
 *
 * The ring's key encrypts the value itself, not a data key for each value. Data keys would make a
 * rotation cheaper (only they are wrapped anew) but weaker: whoever has an old key and an old backup
 * has the data keys, and with them what is stored today. Here a rotation leaves nothing that an old
 * key opens. Random nonces are safe for 2^32 values under one key, which no installation comes near.
 */
export class SecretCipher {
  constructor(private readonly keys: KeyRing) {}

  encrypt(plain: string, context: string): string {
    const { id, bytes } = this.keys.primary;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, bytes, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context));
    const encrypted = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return `enc:v1:${id}:${Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64url')}`;
  }

  /**
   * Under the primary key; one that is there already comes back as it is.
   * @throws SecretDecryptionError
   */
  renew(stored: string, context: string): string {
    return keyIdOf(stored) === this.keys.primary.id
      ? stored
      : this.encrypt(this.decrypt(stored, context), context);
  }

  /** @throws SecretDecryptionError; never hands the ciphertext on as if it were the value */
  decrypt(stored: string, context: string): string {
    const [, keyId, packed] = FORM.exec(stored) ?? [];
    if (keyId === undefined || packed === undefined) {
      throw new SecretDecryptionError('it is not in the form that secrets are stored in');
    }
    const key = this.keys.find(keyId);
    if (!key)
      throw new SecretDecryptionError(`the key '${keyId}' is not among options.secrets.keys`);
    const bytes = Buffer.from(packed, 'base64url');
    try {
      // The length is given so that a tag cut short, which is easier to guess, is refused.
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const plain = [decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()];
      return Buffer.concat(plain).toString('utf8');
    } catch (cause) {
      throw new SecretDecryptionError('it was changed, or belongs to something else', { cause });
    }
  }
}
