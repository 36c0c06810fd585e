import { REDACTED } from './recorded-exchange.js';

/** Shorter ones are no secrets, and their encodings would be found everywhere. */
const MIN_ENCODED = 6;

/** Values that must not be seen, in every form in which they may stand in a URL or a body. */
export class SecretValues {
  private static readonly known = new WeakMap<readonly string[], SecretValues>();
  static readonly NONE = new SecretValues([]);
  private readonly forms: readonly string[];
  /** All forms at once: a text is read once, however many there are. */
  private readonly pattern: RegExp | null;

  private constructor(values: readonly string[]) {
    const forms = new Set(values.flatMap(formsOf).filter((form) => form !== ''));
    // The longest first: one secret may be the beginning of another.
    this.forms = [...forms].toSorted((a, b) => b.length - a.length);
    this.pattern =
      forms.size === 0 ? null : new RegExp(this.forms.map(escapedForRegExp).join('|'), 'g');
  }

  /** Prepared once for one array: it is the same for many calls. */
  static of(values: readonly string[] | undefined): SecretValues {
    if (!values || values.length === 0) return SecretValues.NONE;
    let secrets = this.known.get(values);
    if (!secrets) this.known.set(values, (secrets = new SecretValues(values)));
    return secrets;
  }

  redact(text: string): string {
    return this.pattern === null ? text : text.replace(this.pattern, REDACTED);
  }

  /** Without the beginning of a secret at its end, where a text was cut off. */
  redactCut(text: string): string {
    const clean = this.redact(text);
    const partial = Math.max(0, ...this.forms.map((form) => partialLength(clean, form)));
    return partial === 0 ? clean : clean.slice(0, -partial);
  }
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const json = JSON.stringify(value).slice(1, -1);
  const plain = [value, ...percentForms(bytes.toString()), ...jsonForms(json), html(value)];
  if (value.length < MIN_ENCODED) return plain;
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((offset) => base64Core(bytes, offset));
  return [...plain, hex, hex.toUpperCase(), ...base64, ...base64.map(urlSafe)];
}

/** `text` is well-formed: `encodeURIComponent` throws on half a character. */
function percentForms(text: string): string[] {
  const loose = encodeURIComponent(text);
  const strict = loose.replaceAll(
    /[!'()*~]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  // As forms do, which leave the asterisk.
  const form = strict.replaceAll('%2A', '*').replaceAll('%20', '+');
  const encoded = [
    loose,
    strict,
    strict.replaceAll('%7E', '~'),
    form,
    loose.replaceAll('%20', '+'),
  ];
  return encoded.flatMap((each) => [
    each,
    each.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  ]);
}

/** As JavaScript, Python, PHP and Go write a text within JSON, and JSON within JSON. */
function jsonForms(json: string): string[] {
  const ascii = json.replaceAll(/[^\0-\x7f]/g, escapedUnit);
  const forms = [
    json,
    ascii,
    json.replaceAll('/', '\\/'),
    ascii.replaceAll('/', '\\/'),
    json.replaceAll(/[<>&]/g, escapedUnit),
  ];
  return forms.flatMap((form) => [form, JSON.stringify(form).slice(1, -1)]);
}

function escapedUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** The part that every Base64 text has in it that holds these bytes so far into a group of three. */
function base64Core(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const begin = Math.ceil((offset * 8) / 6);
  return text.slice(begin, Math.floor(((offset + bytes.length) * 8) / 6));
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

function escapedForRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** How many characters at the end of `text` are the beginning of `secret`. */
function partialLength(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
