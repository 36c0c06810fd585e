import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readSettings } from './platform-settings.js';

const keys = `2026-11:${randomBytes(32).toString('base64')}`;
const token = randomBytes(24).toString('base64url');

describe('the platform’s settings', () => {
  it('need nothing on a developer’s machine', () => {
    expect(readSettings({})).toMatchObject({ port: 3_000, isProduction: false, keys: undefined });
    expect(readSettings({ NODE_ENV: 'development' })).toMatchObject({ isProduction: false });
  });

  it('need keys and a token in production, and say how to make them', () => {
    const read = (given: Record<string, string>) =>
      readSettings({ NODE_ENV: 'production', ...given });
    expect(() => read({})).toThrow(/INTEGRATION_KEYS: must be given.*\nADMIN_TOKEN: must be given/);
    expect(() => read({ INTEGRATION_KEYS: keys })).toThrow(/^ADMIN_TOKEN: .*openssl/);
    expect(() => read({ ADMIN_TOKEN: token })).toThrow(/^INTEGRATION_KEYS: .*openssl/);
    const whole = read({ INTEGRATION_KEYS: keys, ADMIN_TOKEN: token });
    expect(whole).toMatchObject({ isProduction: true, adminToken: token });
  });

  it.each(['http', '0', '65536', '-1', '1e3', ' 80'])('refuse the port %j', (given) => {
    const refusal = /^PORT: must be a port, from 1 to 65535$/;
    expect(() => readSettings({ PORT: given })).toThrow(refusal);
  });

  it.each(['short', 'a'.repeat(40), 'ab12'.repeat(10)])('refuse the admin token %s', (given) => {
    expect(() => readSettings({ ADMIN_TOKEN: given })).toThrow(/^ADMIN_TOKEN: /);
    expect(() => readSettings({ ADMIN_TOKEN: given })).not.toThrow(given);
  });
});
