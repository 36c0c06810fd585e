import { randomBytes } from 'node:crypto';
import { secret } from '@nest-integrations/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from '../schema/json-schema.js';
import { KeyRing } from '../secrets/key-ring.js';
import { SecretCipher } from '../secrets/secret-cipher.js';
import { newSigningSecret, publicKeyOf, rotated, signingSecretProblem } from './signing-secrets.js';
import { encryptedPaths } from '../configs/config.secrets.js';
import { SubscriptionSecrets } from './subscription.secrets.js';

const schema = jsonSchemaOf(
  z.object({
    url: z.string(),
    auth: z.discriminatedUnion('type', [
      z.object({ type: z.literal('bearer'), token: secret(z.string()) }),
      z.object({ type: z.literal('basic'), user: z.string(), token: secret(z.string()) }),
    ]),
    note: z.string().nullable().optional(),
    extra: secret(z.string()).optional(),
  }),
);

describe('the secrets of a config', () => {
  const ring = new KeyRing([{ id: 'k', key: randomBytes(32).toString('base64') }]);
  const secrets = new SubscriptionSecrets(new SecretCipher(ring));
  const config = { url: 'https://x', auth: { type: 'bearer', token: 's3cr3t' }, extra: 'more' };

  it('are sealed for one subscription, opened for it, and never shown', () => {
    const sealed = secrets.seal('s1', config, schema);
    expect(JSON.stringify(sealed)).not.toMatch(/s3cr3t|more/);
    expect(secrets.open('s1', sealed)).toEqual(config);
    expect(() => secrets.open('s2', sealed)).toThrow(/belongs to something else/);
    expect(secrets.show(sealed, schema)).toEqual({
      config: { url: 'https://x', auth: { type: 'bearer' } },
      secrets: ['auth.token', 'extra'],
    });
  });

  it('of an older shape of the config are opened and hidden all the same', () => {
    const older = jsonSchemaOf(z.object({ old: z.object({ token: secret(z.string()) }) }));
    const sealed = secrets.seal('s1', { old: { token: 's3cr3t' } }, older);
    expect(secrets.open('s1', sealed)).toEqual({ old: { token: 's3cr3t' } });
    expect(secrets.show(sealed, schema)).toEqual({ config: { old: {} }, secrets: ['old.token'] });
    expect(encryptedPaths(sealed)).toEqual(['old.token']);
  });
});

describe('signing secrets', () => {
  it('are made in the forms of Standard Webhooks', () => {
    expect(signingSecretProblem(newSigningSecret('hmac').secret)).toBeNull();
    const { secret: key } = newSigningSecret('ed25519');
    expect(signingSecretProblem(key)).toBeNull();
    expect(publicKeyOf(key)).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  });

  it.each(['secret', 'whsec_', 'whsec_c2hvcnQ=', 'whsk_c2hvcnQ=', 'whsec_not base64'])(
    'refuse %s',
    (given) => {
      expect(signingSecretProblem(given)).not.toBeNull();
    },
  );

  it('overlap while they are rotated: the new one first, none for longer than it had', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    const soon = '2026-01-01T00:00:30.000Z';
    const current = [
      { id: 'b', expiresAt: null },
      { id: 'a', expiresAt: soon },
      { id: 'gone', expiresAt: '2025-12-31T00:00:00.000Z' },
    ];
    expect(rotated(current, { id: 'c', expiresAt: null }, { overlapSeconds: 60, now })).toEqual([
      { id: 'c', expiresAt: null },
      { id: 'b', expiresAt: '2026-01-01T00:01:00.000Z' },
      { id: 'a', expiresAt: soon },
    ]);
    const next = { id: 'd', expiresAt: null };
    expect(rotated(current, next, { overlapSeconds: 0, now })).toEqual([next]);
  });
});
