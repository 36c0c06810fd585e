import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { webhookConfig } from './webhook-config.js';

const url = 'https://example.com/hooks';

const oauth2 = {
  type: 'oauth2',
  tokenUrl: 'https://id.example.com/token',
  clientId: 'me',
  clientSecret: 's',
};

/** Paths of what is wrong with a config. */
function refused(config: unknown): string[] {
  const parsed = webhookConfig.safeParse(config);
  return parsed.success ? [] : parsed.error.issues.map((issue) => issue.path.join('.'));
}

describe('the config of a webhook subscription', () => {
  it('needs only a URL', () => {
    expect(webhookConfig.parse({ url })).toMatchObject({
      method: 'POST',
      auth: { type: 'none' },
      format: 'standard',
      contentType: 'json',
      timeoutSeconds: 10,
    });
  });

  it.each([
    ['a URL of another scheme', { url: 'file:///etc/passwd' }, 'url'],
    ['credentials in the URL', { url: 'https://me:secret@example.com' }, 'url'],
    ['a method without a body', { url, method: 'GET' }, 'method'],
    ['a bearer without its token', { url, auth: { type: 'bearer' } }, 'auth.token'],
    ['an empty token', { url, auth: { type: 'bearer', token: '' } }, 'auth.token'],
    [
      'a token that begins another header',
      { url, auth: { type: 'bearer', token: 'a\r\nb: c' } },
      'auth.token',
    ],
    ['a time-out over a minute', { url, timeoutSeconds: 61 }, 'timeoutSeconds'],
    ['a header that the client sets', { url, headers: { Host: 'evil' } }, 'headers.Host'],
    [
      'a signature of one’s own',
      { url, headers: { 'Webhook-Signature': 'v1,x' } },
      'headers.Webhook-Signature',
    ],
    ['a header value of two lines', { url, headers: { 'X-A': 'a\nb' } }, 'headers.X-A'],
    ['the format template without one', { url, format: 'template' }, 'template'],
    ['a template that nothing uses', { url, template: '{}' }, 'template'],
    [
      'CloudEvents as a form',
      { url, format: 'cloudevents-binary', contentType: 'form' },
      'contentType',
    ],
    [
      'a client certificate without TLS',
      {
        url: 'http://example.com',
        clientCertificate: {
          cert: '-----BEGIN CERTIFICATE-----',
          key: '-----BEGIN PRIVATE KEY-----',
        },
      },
      'clientCertificate',
    ],
    ['an authority that is no certificate', { url, ca: 'mine' }, 'ca'],
    [
      'OAuth 2 without a secret',
      { url, auth: { ...oauth2, clientSecret: '' } },
      'auth.clientSecret',
    ],
    [
      'credentials in the token URL',
      { url, auth: { ...oauth2, tokenUrl: 'https://a:b@example.com' } },
      'auth.tokenUrl',
    ],
    ['one header in two cases', { url, headers: { 'X-A': '1', 'x-a': '2' } }, 'headers.x-a'],
    [
      'a header both shown and secret',
      { url, headers: { 'X-A': '1' }, secretHeaders: { 'x-a': '2' } },
      'secretHeaders.x-a',
    ],
    [
      'a header that auth sets',
      { url, headers: { Authorization: 'x' }, auth: { type: 'bearer', token: 't' } },
      'headers.Authorization',
    ],
    [
      'a content type of one’s own for CloudEvents',
      { url, headers: { 'Content-Type': 'a/b' }, format: 'cloudevents-structured' },
      'headers.Content-Type',
    ],
    [
      'an attribute of CloudEvents as a header',
      { url, headers: { 'Ce-Id': '1' }, format: 'cloudevents-binary' },
      'headers.Ce-Id',
    ],
    [
      'a GitHub signature of one’s own',
      { url, headers: { 'X-Hub-Signature-256': '1' }, hubSignature: true },
      'headers.X-Hub-Signature-256',
    ],
    [
      'more headers than a request should carry',
      {
        url,
        headers: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`X-${i}`, ''])),
      },
      'headers',
    ],
    ['a field that nobody knows', { url, colour: 'red' }, ''],
  ])('refuses %s, and names the field', (_what, config, field) => {
    expect(refused(config)).toContain(field);
  });

  it('takes an Authorization header where auth leaves it free', () => {
    expect(refused({ url, secretHeaders: { Authorization: 'Digest x' } })).toEqual([]);
  });

  it('marks every secret as one, however deep it lies', () => {
    const found: string[] = [];
    walk(z.toJSONSchema(webhookConfig), '', (path) => found.push(path));
    expect(found.toSorted()).toEqual([
      'auth.clientSecret',
      'auth.password',
      'auth.token',
      'auth.value',
      'clientCertificate.key',
      'clientCertificate.passphrase',
      'secretHeaders.*',
    ]);
  });
});

/** Names the places of a JSON Schema that carry `x-secret`. */
function walk(schema: unknown, path: string, onSecret: (path: string) => void): void {
  if (typeof schema !== 'object' || schema === null) return;
  const { properties, oneOf, additionalProperties } = node.parse(schema);
  if ('x-secret' in schema) onSecret(path.slice(1));
  for (const alternative of oneOf) walk(alternative, path, onSecret);
  for (const [name, property] of Object.entries(properties)) {
    walk(property, `${path}.${name}`, onSecret);
  }
  walk(additionalProperties, `${path}.*`, onSecret);
}

const node = z.object({
  properties: z.record(z.string(), z.unknown()).default({}),
  oneOf: z.array(z.unknown()).default([]),
  additionalProperties: z.unknown().optional(),
});
