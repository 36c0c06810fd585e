import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { newId } from '@nest-integrations/common';
import type { SigningSecret } from './signing-secret.js';

export type SigningSecretKind = 'hmac' | 'ed25519';

const HMAC = 'whsec_';
const ED25519 = 'whsk_';
const ED25519_PUBLIC = 'whpk_';
const SEED_BYTES = 32;
/** Of an Ed25519 private key in PKCS #8, before its seed (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export function newSigningSecret(kind: SigningSecretKind = 'hmac'): SigningSecret {
  const prefix = kind === 'hmac' ? HMAC : ED25519;
  return { id: newId(), secret: prefix + randomBytes(SEED_BYTES).toString('base64') };
}

/** Null: it can be used. Otherwise what would be right. */
export function signingSecretProblem(secret: string): string | null {
  const bytes = bytesOf(secret);
  if (!bytes) return `must be '${HMAC}' (HMAC) or '${ED25519}' (Ed25519) and base64`;
  if (secret.startsWith(HMAC)) {
    return bytes.length >= 24 && bytes.length <= 64 ? null : 'must hold 24 to 64 bytes';
  }
  return bytes.length === SEED_BYTES || bytes.length === 64
    ? null
    : 'must hold a seed of 32 bytes, or a key of 64';
}

/** What comes after the prefix: the key itself, in base64. */
export function keyTextOf(secret: string): string {
  return secret.slice(secret.indexOf('_') + 1);
}

export function kindOf(secret: string): SigningSecretKind {
  return secret.startsWith(ED25519) ? 'ed25519' : 'hmac';
}

/** `whpk_…` of an Ed25519 secret: what receivers verify with. Null for HMAC. */
export function publicKeyOf(secret: string): string | null {
  const bytes = bytesOf(secret);
  if (kindOf(secret) !== 'ed25519' || !bytes) return null;
  const der = Buffer.concat([PKCS8_PREFIX, bytes.subarray(0, SEED_BYTES)]);
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  const spki = key.export({ format: 'der', type: 'spki' });
  return ED25519_PUBLIC + spki.subarray(-SEED_BYTES).toString('base64');
}

export interface Rotation {
  readonly overlapSeconds: number;
  readonly now: Date;
}

/** The new secret first; the old ones go on signing until the overlap ends, none longer than it would have. */
export function rotated<Secret extends { readonly expiresAt: string | null }>(
  current: readonly Secret[],
  next: Secret,
  { overlapSeconds, now }: Rotation,
): Secret[] {
  const end = new Date(now.getTime() + overlapSeconds * 1_000).toISOString();
  const old = current
    .map((secret) => ({
      ...secret,
      expiresAt: secret.expiresAt !== null && secret.expiresAt < end ? secret.expiresAt : end,
    }))
    .filter(({ expiresAt }) => expiresAt > now.toISOString());
  return [next, ...old];
}

function bytesOf(secret: string): Buffer | null {
  const prefix = [HMAC, ED25519].find((known) => secret.startsWith(known));
  if (!prefix) return null;
  const encoded = secret.slice(prefix.length);
  return BASE64.test(encoded) ? Buffer.from(encoded, 'base64') : null;
}
