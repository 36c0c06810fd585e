import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { IntegrationError } from '../integration.error.js';
import type { KeyRing } from './key-ring.js';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^enc:v1:([A-Za-z0-9._-]{1,64}):([A-Za-z0-9_-]+)$/;

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

/**
 * Encrypts secrets for the database: `enc:v1:<key id>:<iv, tag and ciphertext>`, AES-256-GCM. The
 * context (whose secret it is) is authenticated, so a ciphertext copied to another row is refused.
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
