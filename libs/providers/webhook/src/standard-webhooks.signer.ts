import { createHmac, createPrivateKey, sign } from 'node:crypto';
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
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** One signature of the `webhook-signature` header. */
  readonly sign: (content: string) => string;
  /** Hex HMAC; none for Ed25519. */
  readonly hexHmac?: (content: string) => string;
}

const HMAC = 'whsec_';
/** Of an Ed25519 private key in PKCS #8, before its seed (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

/** Keys are decoded once for a list of secrets; a rotation brings a new list. */
const keysOf = new WeakMap<readonly SigningSecret[], readonly SigningKey[]>();

/**
 * The `webhook-signature` header of Standard Webhooks 1.0 (§ Signature scheme): `v1` is HMAC-SHA256,
 * `v1a` Ed25519, over `id.timestamp.body`. One signature for each secret that has not expired, by
 * spaces (§ Zero downtime secret rotation); empty where none is left.
 */
export function signStandardWebhook({ id, timestamp, body, secrets }: SignedMessage): string {
  const content = `${id}.${timestamp}.${body}`;
  const now = timestamp * 1_000;
  let signatures = '';
  for (const { expiresAt, sign: signed } of signingKeys(secrets)) {
    if (expiresAt <= now) continue;
    signatures += signatures === '' ? signed(content) : ` ${signed(content)}`;
  }
  return signatures;
}

/**
 * `X-Hub-Signature-256` as GitHub sends it: HMAC over the body alone, with the same bytes as `v1`. It
 * holds one signature, so the current HMAC secret makes it. Null where there is none.
 */
export function signHub({ timestamp, body, secrets }: Omit<SignedMessage, 'id'>): string | null {
  const now = timestamp * 1_000;
  const key = signingKeys(secrets).find(({ expiresAt, hexHmac }) => hexHmac && expiresAt > now);
  return key?.hexHmac ? `sha256=${key.hexHmac(body)}` : null;
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
  const bytes = Buffer.from(secret.slice(secret.indexOf('_') + 1), 'base64');
  return {
    expiresAt: expiresAt === undefined ? Infinity : Date.parse(expiresAt),
    ...(secret.startsWith(HMAC) ? hmacSigner(bytes) : ed25519Signer(bytes)),
  };
}

function hmacSigner(key: Buffer): Pick<SigningKey, 'sign' | 'hexHmac'> {
  const hmac = (content: string) => createHmac('sha256', key).update(content);
  return {
    sign: (content) => `v1,${hmac(content).digest('base64')}`,
    hexHmac: (content) => hmac(content).digest('hex'),
  };
}

/** Of a key of 64 bytes, the first half is the seed. */
function ed25519Signer(bytes: Buffer): Pick<SigningKey, 'sign'> {
  const der = Buffer.concat([PKCS8_PREFIX, bytes.subarray(0, SEED_BYTES)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return {
    sign: (content) => `v1a,${sign(null, Buffer.from(content), key).toString('base64')}`,
  };
}
