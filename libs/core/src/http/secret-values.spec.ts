import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECORDED_BODY_BYTES, REDACTED } from './recorded-exchange.js';
import { recordedText } from './recorded-text.js';
import { recordedUrl } from './recorded-url.js';
import { SecretValues } from './secret-values.js';

const secret = 'pa"ss w\\örd/+1';

describe('secret values', () => {
  it.each([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams({ secret }).toString().slice('secret='.length)],
    ['in JSON', JSON.stringify({ secret }).slice('{"secret":"'.length, -2)],
    ['in a URL with small letters', encodeURIComponent(secret).toLowerCase()],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['in JSON as PHP writes it', 'pa\\"ss w\\\\\\u00f6rd\\/+1'],
    ['in JSON as Python writes it', 'pa\\"ss w\\\\\\u00f6rd/+1'],
    ['in HTML', 'pa&quot;ss w\\örd/+1'],
    ['in hex', Buffer.from(secret).toString('hex')],
  ])('are redacted %s', (_where, text) => {
    expect(SecretValues.of([secret]).redact(`<${text}|${text}>`)).toBe(`<${REDACTED}|${REDACTED}>`);
  });

  it.each(['', 'x', 'xy', 'user:'])('are redacted in Base64, also behind %j', (before) => {
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = Buffer.from(`${before}${secret}`).toString(encoding);
      const left = SecretValues.of([secret]).redact(text).replace(REDACTED, '');
      expect(Buffer.from(left, encoding).toString('latin1')).not.toMatch(/ss w|rd|\+1/);
      expect(left.length).toBeLessThan(before.length * 2 + 5);
    }
  });

  it('leave nothing of a longer one that begins with a shorter one', () => {
    expect(SecretValues.of(['key', 'key-long']).redact('a key-long b key c')).toBe(
      `a ${REDACTED} b ${REDACTED} c`,
    );
  });

  it('may be empty, or half a character, without harm', () => {
    expect(SecretValues.of(['', '\ud800']).redact('text')).toBe('text');
  });

  it('never stand in what was redacted', () => {
    const value = fc.string({ minLength: 12, unit: 'binary' });
    fc.assert(
      fc.property(value, fc.string(), fc.string(), (hidden, before, after) => {
        const text = recordedText(before + hidden + after, {
          secrets: SecretValues.of([hidden]),
          isPart: false,
        });
        expect(text).not.toContain(hidden);
      }),
    );
  });
});

describe('a recorded body', () => {
  const none = { secrets: SecretValues.NONE, isPart: false };

  it.each(['', 'plain', '{"a":"größe 🎉"}'])('keeps text as it is: %j', (text) => {
    expect(recordedText(text, none)).toBe(text);
    expect(recordedText(Buffer.from(text), none)).toBe(text);
  });

  it('is always text that Postgres takes, and never longer than the limit', () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.string({
        unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      }),
    );
    fc.assert(
      fc.property(body, fc.constantFrom(1, 2_000), (part, times) => {
        const whole =
          typeof part === 'string' ? part.repeat(times) : Buffer.concat(Array(times).fill(part));
        const text = recordedText(whole, none);
        expect(text).not.toContain('\0');
        expect(Buffer.from(text).toString()).toBe(text);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(RECORDED_BODY_BYTES);
      }),
    );
  });

  it('is cut between characters', () => {
    const text = recordedText(`x${'ö'.repeat(RECORDED_BODY_BYTES)}`, none);
    expect(text).toBe(`x${'ö'.repeat(RECORDED_BODY_BYTES / 2 - 1)}`);
  });

  it('stays below the limit where the secrets were shorter than what replaces them', () => {
    const options = { secrets: SecretValues.of(['a']), isPart: false };
    const text = recordedText('a'.repeat(RECORDED_BODY_BYTES), options);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(RECORDED_BODY_BYTES);
  });

  it('shows no beginning of a secret that the cut went through', () => {
    const hidden = 'sk_live_0123456789';
    const options = { secrets: SecretValues.of([hidden]), isPart: false };
    for (let shift = 1; shift < hidden.length; shift++) {
      const before = '.'.repeat(RECORDED_BODY_BYTES - shift);
      expect(recordedText(before + hidden, options)).toBe(before);
    }
  });

  it('shows no beginning of a secret where the answer itself was cut', () => {
    const options = { secrets: SecretValues.of(['sk_live_0123']), isPart: true };
    expect(recordedText('your key: sk_live', options)).toBe('your key: ');
  });
});

describe('a recorded URL', () => {
  it.each([
    ['https://a.test/b?token=x&c=d', `https://a.test/b?token=${REDACTED}&c=d`],
    ['https://a.test/?access_token=x#f', `https://a.test/?access_token=${REDACTED}#f`],
    [
      'https://a.test/?a=b&API-Key=x&sig=y',
      `https://a.test/?a=b&API-Key=${REDACTED}&sig=${REDACTED}`,
    ],
    ['https://a.test/?clientSecret=x', `https://a.test/?clientSecret=${REDACTED}`],
    ['https://a.test/?to%6ben=x', `https://a.test/?to%6ben=${REDACTED}`],
    ['https://a.test/#access_token=x', `https://a.test/#access_token=${REDACTED}`],
    ['https://user:x@a.test/', `https://${REDACTED}@a.test/`],
    ['https://a.test/?monkey=1&tokens=2&design=3', 'https://a.test/?monkey=1&tokens=2&design=3'],
    ['https://a.test/?%zz=1', 'https://a.test/?%zz=1'],
    ['no URL at all', 'no URL at all'],
  ])('%s → %s', (url, recorded) => {
    expect(recordedUrl(url, SecretValues.NONE)).toBe(recorded);
  });

  it('hides a secret in the path', () => {
    const url = 'https://hooks.test/T01/B02/xoxsecret';
    expect(recordedUrl(url, SecretValues.of(['xoxsecret']))).toBe(
      `https://hooks.test/T01/B02/${REDACTED}`,
    );
  });
});
