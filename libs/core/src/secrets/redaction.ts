export const REDACTION = '[redacted]';
/** A shorter value would redact ordinary text. */
const MIN_LENGTH = 4;

/** `text` without these values, nor their URL-encoded and JSON-escaped forms. */
export function redactValues(text: string, secrets: readonly string[]): string {
  if (secrets.length === 0) return text;
  const forms = secrets
    .filter((secret) => secret.length >= MIN_LENGTH)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  // The longest first: a secret may begin with another.
  const ordered = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  return ordered.reduce((shown, form) => shown.replaceAll(form, REDACTION), text);
}
