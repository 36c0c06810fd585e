import { REDACTED } from './recorded-exchange.js';

/** Values that must not be seen, in every form in which they may stand in a URL or a body. */
export class SecretValues {
  private static readonly known = new WeakMap<readonly string[], SecretValues>();
  static readonly NONE = new SecretValues([]);
  /** The longest first: one secret may be the beginning of another. */
  private readonly forms: readonly string[];

  private constructor(values: readonly string[]) {
    const forms = new Set(values.filter((value) => value !== '').flatMap(formsOf));
    this.forms = [...forms].toSorted((a, b) => b.length - a.length);
  }

  /** Prepared once for one array: it is the same for many calls. */
  static of(values: readonly string[] | undefined): SecretValues {
    if (!values || values.length === 0) return SecretValues.NONE;
    let secrets = this.known.get(values);
    if (!secrets) this.known.set(values, (secrets = new SecretValues(values)));
    return secrets;
  }

  redact(text: string): string {
    let clean = text;
    for (const form of this.forms) {
      if (clean.includes(form)) clean = clean.replaceAll(form, REDACTED);
    }
    return clean;
  }

  /** Without the beginning of a secret at its end, where a text was cut off. */
  redactCut(text: string): string {
    const clean = this.redact(text);
    const partial = Math.max(0, ...this.forms.map((form) => partialLength(clean, form)));
    return partial === 0 ? clean : clean.slice(0, -partial);
  }
}

function formsOf(value: string): string[] {
  // `toWellFormed` by way of bytes: `encodeURIComponent` throws on half a character.
  const encoded = encodeURIComponent(Buffer.from(value).toString());
  const inForm = encoded.replaceAll('%20', '+');
  return [value, encoded, inForm, JSON.stringify(value).slice(1, -1)];
}

/** How many characters at the end of `text` are the beginning of `secret`. */
function partialLength(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
