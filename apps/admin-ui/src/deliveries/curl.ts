import type { Attempt } from '../api/types';

/** Headers that curl makes itself. */
const OWN = new Set(['content-length', 'host', 'connection', 'accept-encoding']);

/** The request as a command for a shell. Secrets are not in it: they were redacted when it was kept. */
export function curlOf({ method, url, headers, body }: NonNullable<Attempt['request']>): string {
  const parts = [`curl -X ${method} ${quoted(url)}`];
  for (const [name, value] of Object.entries(headers)) {
    if (!OWN.has(name.toLowerCase())) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  }
  if (body !== null && body !== '') parts.push(`--data-binary ${quoted(body)}`);
  return parts.join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
