import { createHmac, createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { SigningSecret } from '@nest-integrations/core';

/** What is signed. */
export interface SignedMessage {
  /** `webhook-id`. */
  readonly id: string;
  /** `webhook-timestamp`, in seconds. */
  readonly timestamp: number;
  readonly body: string;
  readonly secrets: readonly SigningSecret[];
}

interface SigningKey {
  readonly expiresAt: number;
  readonly sign: (content: string) => string;
}

const HMAC = 'whsec_';
/** Of an Ed25519 private key in PKCS #8, before its seed (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

/** Keys are decoded once for a list of secrets; a rotation brings a new list. */
const keysOf = new WeakMap<readonly SigningSecret[], readonly SigningKey[]>();

/**
 * The `webhook-signature` header of Standard Webhooks 1.0: one signature for each secret that has not
 * expired, separated by spaces. `v1` is HMAC-SHA256, `v1a` Ed25519, over `id.timestamp.body`.
 */
export function signStandardWebhook({ id, timestamp, body, secrets }: SignedMessage): string {
  const content = `${id}.${timestamp}.${body}`;
  const now = timestamp * 1_000;
  const signatures: string[] = [];
  for (const key of signingKeys(secrets)) {
    if (key.expiresAt > now) signatures.push(key.sign(content));
  }
  return signatures.join(' ');
}

/** `X-Hub-Signature-256`, as GitHub sends it: hex HMAC of the body alone, by the first HMAC secret. */
export function signHub(body: string, secrets: readonly SigningSecret[]): string | null {
  const hmac = secrets.find(({ secret }) => secret.startsWith(HMAC));
  if (!hmac) return null;
  return `sha256=${createHmac('sha256', bytesOf(hmac.secret)).update(body).digest('hex')}`;
}

function signingKeys(secrets: readonly SigningSecret[]): readonly SigningKey[] {
  let keys = keysOf.get(secrets);
  if (!keys) {
    keys = secrets.map(signingKey);
    keysOf.set(secrets, keys);
  }
  return keys;
}

function signingKey({ secret, expiresAt }: SigningSecret): SigningKey {
  const bytes = bytesOf(secret);
  return {
    expiresAt: expiresAt === undefined ? Infinity : Date.parse(expiresAt),
    sign: secret.startsWith(HMAC) ? hmacSigner(bytes) : ed25519Signer(bytes),
  };
}

function hmacSigner(key: Buffer): SigningKey['sign'] {
  return (content) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

function ed25519Signer(bytes: Buffer): SigningKey['sign'] {
  const der = Buffer.concat([PKCS8_PREFIX, bytes.subarray(0, SEED_BYTES)]);
  const key: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return (content) => `v1a,${sign(null, Buffer.from(content), key).toString('base64')}`;
}

function bytesOf(secret: string): Buffer {
  return Buffer.from(secret.slice(secret.indexOf('_') + 1), 'base64');
}
