import { REDACTED } from './recorded-exchange.js';
import { storable } from './recorded-text.js';
import { isWellKnownSecretHeader } from './secret-names.js';
import type { SecretValues } from './secret-values.js';

/** What of the headers a log must not show. */
export interface HeaderSecrets {
  /** In lower case; the well-known ones need no mention. */
  readonly names: ReadonlySet<string>;
  readonly values: SecretValues;
}

export function recordedRequestHeaders(
  headers: Readonly<Record<string, string>>,
  secrets: HeaderSecrets,
): Record<string, string> {
  const recorded: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined) recorded[name] = recordedValue(name, value, secrets);
  }
  return recorded;
}

export function recordedResponseHeaders(
  headers: Readonly<Record<string, string | string[]>>,
  secrets: HeaderSecrets,
): Record<string, string | string[]> {
  const recorded: Record<string, string | string[]> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
    recorded[name] =
      typeof value === 'string'
        ? recordedValue(name, value, secrets)
        : value.map((each) => recordedValue(name, each, secrets));
  }
  return recorded;
}

function recordedValue(name: string, value: string, { names, values }: HeaderSecrets): string {
  const lower = name.toLowerCase();
  if (isWellKnownSecretHeader(lower) || names.has(lower)) return REDACTED;
  return values.redact(storable(value));
}
