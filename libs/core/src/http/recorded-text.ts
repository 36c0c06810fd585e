import { RECORDED_BODY_BYTES } from './recorded-exchange.js';
import type { SecretValues } from './secret-values.js';

/** NUL, which Postgres refuses in a text, and halves of characters. Whole pairs match too. */
// oxlint-disable-next-line no-control-regex
const NEEDS_CARE = /[\0\uD800-\uDFFF]/;
const REPLACEMENT = '\uFFFD';

/**
 * A body as a log can hold it: secrets redacted, valid text without NUL, cut to
 * `RECORDED_BODY_BYTES`. `isPart`: the body is only the beginning of one.
 */
export function recordedText(
  body: string | Buffer,
  { secrets, isPart }: { readonly secrets: SecretValues; readonly isPart: boolean },
): string {
  const { text, isCut } = fitted(body);
  const clean = isCut || isPart ? secrets.redactCut(text) : secrets.redact(text);
  // What replaces a secret may be longer than the secret.
  return storable(clean);
}

/** A text as Postgres stores it, cut to `RECORDED_BODY_BYTES`. */
export function storable(text: string): string {
  return fitted(text).text;
}

interface FittedText {
  readonly text: string;
  readonly isCut: boolean;
}

function fitted(body: string | Buffer): FittedText {
  if (typeof body !== 'string') return fittedBytes(body);
  // A UTF-16 unit takes three bytes at most.
  const isShort = body.length * 3 <= RECORDED_BODY_BYTES;
  return isShort && !NEEDS_CARE.test(body)
    ? { text: body, isCut: false }
    : fittedBytes(Buffer.from(body));
}

function fittedBytes(bytes: Buffer): FittedText {
  const end = wholeCharacters(bytes);
  const text = bytes.toString('utf8', 0, end).replaceAll('\0', REPLACEMENT);
  // Each broken byte has become a replacement of three bytes.
  return Buffer.byteLength(text) <= RECORDED_BODY_BYTES
    ? { text, isCut: end < bytes.length }
    : { text: fittedBytes(Buffer.from(text)).text, isCut: true };
}

/** Where to cut so that no character is split. */
function wholeCharacters(bytes: Buffer): number {
  if (bytes.length <= RECORDED_BODY_BYTES) return bytes.length;
  let end = RECORDED_BODY_BYTES;
  while (end > RECORDED_BODY_BYTES - 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}
