import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, it } from 'vitest';
import { signHub, signStandardWebhook } from './standard-webhooks.signer.js';

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
const now = () => Math.floor(Date.now() / 1_000);

function headersOf(id: string, timestamp: number, signature: string): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signature,
  };
}

describe('signing by Standard Webhooks', () => {
  it('is verified by the standardwebhooks and the svix package, whatever the payload', () => {
    const secret = newSecret();
    const secrets = [{ id: '1', secret }];
    fc.assert(
      fc.property(fc.uuid(), fc.json({ stringUnit: 'binary' }), (id, body) => {
        const timestamp = now();
        const headers = headersOf(
          id,
          timestamp,
          signStandardWebhook({ id, timestamp, body, secrets }),
        );
        for (const Verifier of [StandardWebhook, SvixWebhook]) {
          expect(new Verifier(secret).verify(body, headers)).toEqual(JSON.parse(body));
        }
      }),
    );
  });

  it('is refused when the body was changed on its way', () => {
    const secret = newSecret();
    const timestamp = now();
    const signature = signStandardWebhook({
      id: 'm1',
      timestamp,
      body: '{"a":1}',
      secrets: [{ id: '1', secret }],
    });
    const verifier = new StandardWebhook(secret);
    expect(() => verifier.verify('{"a":2}', headersOf('m1', timestamp, signature))).toThrow(
      /signature/i,
    );
  });

  it('signs with the old and the new secret during a rotation, so that both verify', () => {
    const [old, current] = [newSecret(), newSecret()];
    const timestamp = now();
    const expiresAt = new Date((timestamp + 60) * 1_000).toISOString();
    const secrets = [
      { id: '2', secret: current },
      { id: '1', secret: old, expiresAt },
    ];
    const signature = signStandardWebhook({ id: 'm1', timestamp, body: '{}', secrets });
    expect(signature.split(' ')).toHaveLength(2);
    for (const secret of [old, current]) {
      const verifier = new StandardWebhook(secret);
      expect(() => verifier.verify('{}', headersOf('m1', timestamp, signature))).not.toThrow();
    }
  });

  it('does not sign with a secret that has expired', () => {
    const timestamp = now();
    const expiresAt = new Date((timestamp - 1) * 1_000).toISOString();
    const secrets = [
      { id: '2', secret: newSecret() },
      { id: '1', secret: newSecret(), expiresAt },
    ];
    const signature = signStandardWebhook({ id: 'm1', timestamp, body: '{}', secrets });
    expect(signature.split(' ')).toHaveLength(1);
  });

  it('signs with Ed25519 what the public key verifies', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const secret = `whsk_${seed.toString('base64')}`;
    const signature = signStandardWebhook({
      id: 'm1',
      timestamp: 1_700_000_000,
      body: '{"ü":1}',
      secrets: [{ id: '1', secret }],
    });
    const [version, encoded = ''] = signature.split(',');
    expect(version).toBe('v1a');
    expect(
      verify(
        null,
        Buffer.from('m1.1700000000.{"ü":1}'),
        createPublicKey(privateKey),
        Buffer.from(encoded, 'base64'),
      ),
    ).toBe(true);
  });

  it('makes the X-Hub-Signature-256 of GitHub’s documentation', () => {
    const secret = `whsec_${Buffer.from("It's a Secret to Everybody").toString('base64')}`;
    expect(signHub({ timestamp: 0, body: 'Hello, World!', secrets: [{ id: '1', secret }] })).toBe(
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    );
  });

  it('takes a 64-byte Ed25519 key for its seed', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const sign = (bytes: Buffer) =>
      signStandardWebhook({
        id: 'm1',
        timestamp: 1,
        body: '{}',
        secrets: [{ id: '1', secret: `whsk_${bytes.toString('base64')}` }],
      });
    expect(sign(Buffer.concat([seed, point]))).toBe(sign(seed));
  });

  it('makes no signature when every secret has expired', () => {
    const timestamp = now();
    const expiresAt = new Date(timestamp * 1_000).toISOString();
    const secrets = [{ id: '1', secret: newSecret(), expiresAt }];
    expect(signStandardWebhook({ id: 'm1', timestamp, body: '{}', secrets })).toBe('');
    expect(signHub({ timestamp, body: '{}', secrets })).toBeNull();
  });

  it('makes X-Hub-Signature-256 by the first HMAC secret, never by an Ed25519 key', () => {
    const [current, old] = [newSecret(), newSecret()];
    const ed25519 = { id: '3', secret: `whsk_${randomBytes(32).toString('base64')}` };
    const hub = (...secrets: { id: string; secret: string }[]) =>
      signHub({ timestamp: 1, body: '{}', secrets });
    const byCurrent = hub({ id: '2', secret: current });
    expect(hub(ed25519, { id: '2', secret: current }, { id: '1', secret: old })).toBe(byCurrent);
    expect(hub(ed25519)).toBeNull();
  });
});
