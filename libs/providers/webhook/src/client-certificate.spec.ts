import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { DeliveredEvent, OutboundHttp, RecordedHttp } from '@nest-integrations/core';
import { oauthTokens } from '@nest-integrations/testing';
import { describe, expect, it } from 'vitest';
import { certificateProblem } from './client-certificate.js';
import { webhookConfig } from './webhook-config.js';
import { WebhookProvider } from './webhook.provider.js';

/** For these tests alone: self-signed, for `receiver.test`, and its own authority. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJfFG4cAvUSNXqRwb
+ci0oge7CvsSgStQk7fWpn3AubihRANCAARlwWhFsSWuT0OdiX3e6GQdqxSGtfke
V3nMRsYu2nez9mMIs15XRbXjx87wxP+IKbujXhZMtCn6p1XdKiZE76gs
-----END PRIVATE KEY-----`;
const CERT = `-----BEGIN CERTIFICATE-----
MIIBbTCCAROgAwIBAgIBATAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1yZWNlaXZl
ci50ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAYMRYwFAYD
VQQDDA1yZWNlaXZlci50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZcFo
RbElrk9DnYl93uhkHasUhrX5Hld5zEbGLtp3s/ZjCLNeV0W148fO8MT/iCm7o14W
TLQp+qdV3SomRO+oLKNMMEowGAYDVR0RBBEwD4INcmVjZWl2ZXIudGVzdDAPBgNV
HRMBAf8EBTADAQH/MB0GA1UdDgQWBBRN17J6Q7P9/kd/23oMLMibccJg8TAKBggq
hkjOPQQDAgNIADBFAiEA/7RiNSedyYzBpvXJWlNd5yHa2WQ5C2jTImVGCiwpu3oC
IA+1sbmBWY3QkC2HUi6F1d6aJeEaqch8ZrXHnNgf8YqB
-----END CERTIFICATE-----`;

const encrypted = (passphrase: string): string =>
  createPrivateKey(KEY)
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase })
    .toString();

describe('a client certificate', () => {
  it('can be saved when its key fits', () => {
    expect(certificateProblem({ cert: CERT, key: KEY, ca: CERT })).toBeNull();
    const key = encrypted('open sesame');
    expect(certificateProblem({ cert: CERT, key, passphrase: 'open sesame' })).toBeNull();
  });

  const { privateKey: another } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  });
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';

  it.each([
    ['a certificate that is none', { cert: broken, key: KEY }, 'cert'],
    ['an authority that is none', { cert: CERT, key: KEY, ca: broken }, 'ca'],
    ['a key that is none', { cert: CERT, key: '-----BEGIN PRIVATE KEY-----' }, 'key'],
    ['the key of another certificate', { cert: CERT, key: another }, 'key'],
    ['an encrypted key without its passphrase', { cert: CERT, key: encrypted('x') }, 'passphrase'],
    ['a wrong passphrase', { cert: CERT, key: encrypted('x'), passphrase: 'y' }, 'key'],
  ])('is refused for %s, and the field is named', (_what, certificate, field) => {
    expect(certificateProblem(certificate)?.field).toBe(field);
    const config = webhookConfig.parse({
      url: 'https://example.com',
      clientCertificate: certificate,
    });
    expect(new WebhookProvider().validate(config)).toEqual([
      { field: `clientCertificate.${field}`, message: expect.any(String) },
    ]);
  });

  it('is shown to a receiver that asks for it, and its key to no log', async () => {
    const server = createServer({
      key: KEY,
      cert: CERT,
      ca: CERT,
      requestCert: true,
      rejectUnauthorized: true,
    });
    server.on('request', (_request, response) => response.writeHead(204).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const outbound = new OutboundHttp({
      allow: ['127.0.0.0/8'],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    const http = new RecordedHttp({ http: outbound, timeoutMs: 5_000 });
    const deliver = (identity: object) =>
      new WebhookProvider().deliver({
        event: new DeliveredEvent('ev-1', 'incident.created', '2026-01-02T03:04:05.678Z', '{}'),
        delivery: { id: 'd1', attempt: 1, isReplay: false, isTest: false },
        subscription: { id: 's1', name: 'Test' },
        thread: null,
        config: webhookConfig.parse({ url: `https://receiver.test:${port}/`, ...identity }),
        connection: undefined,
        signingSecrets: [{ id: '1', secret: `whsec_${Buffer.alloc(32, 'k').toString('base64')}` }],
        http,
        sockets: outbound.sockets,
        tell: () => undefined,
        oauth: oauthTokens(),
        note: () => undefined,
        signal: new AbortController().signal,
      });
    try {
      const clientCertificate = {
        cert: CERT,
        key: encrypted('open sesame'),
        passphrase: 'open sesame',
        ca: CERT,
      };
      expect(await deliver({ clientCertificate })).toEqual({ kind: 'delivered' });
      expect(JSON.stringify(http.exchange())).not.toMatch(/PRIVATE KEY|open sesame/);
      expect(await deliver({})).toMatchObject({ kind: 'retry' });
      const { ca, ...withoutAuthority } = clientCertificate;
      expect(await deliver({ clientCertificate: withoutAuthority })).toMatchObject({
        kind: 'retry',
      });
      expect(await deliver({ ca, clientCertificate: withoutAuthority })).toEqual({
        kind: 'delivered',
      });
    } finally {
      await outbound.close();
      server.closeAllConnections();
      server.close();
    }
  });
});
