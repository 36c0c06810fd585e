import { describe, expect, it } from 'vitest';
import { webhookConfig } from './webhook-config.js';

const url = 'https://example.com/hooks';

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
      'a template that yields no JSON',
      { url, format: 'template', template: '{"a": }' },
      'template',
    ],
    [
      'a template that names no path',
      { url, format: 'template', template: '{"a":"{{ process.env }}"}' },
      'template',
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
    ['a field that nobody knows', { url, colour: 'red' }, ''],
  ])('refuses %s, and names the field', (_what, config, field) => {
    expect(refused(config)).toContain(field);
  });
});
