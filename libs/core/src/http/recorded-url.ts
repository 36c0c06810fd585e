import { REDACTED } from './recorded-exchange.js';
import { isSecretParameter } from './secret-names.js';
import type { SecretValues } from './secret-values.js';
import { storable } from './recorded-text.js';

/** A URL as a log may show it. Works on the text: what was refused for being no URL is logged too. */
export function recordedUrl(url: string, secrets: SecretValues): string {
  return secrets.redact(withoutSecretParameters(withoutCredentials(storable(url))));
}

function withoutCredentials(url: string): string {
  return url.replace(/^([^/?#]*\/\/)[^/?#]*@/, `$1${REDACTED}@`);
}

function withoutSecretParameters(url: string): string {
  if (!url.includes('=')) return url;
  return url.replace(/([?&;#])([^=&;#?]*)=([^&;#]*)/g, (all, before: string, name: string) =>
    isSecretParameter(decoded(name)) ? `${before}${name}=${REDACTED}` : all,
  );
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // Broken percent signs: the name is what it looks like.
  }
}
