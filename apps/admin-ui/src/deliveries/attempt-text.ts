import type { ShownAttempt } from '../api/types';
import { prettyJson } from '../parts/json-view';

/** The whole request as text, for a comparison with another one's. */
export function requestText({ request }: ShownAttempt): string {
  if (!request) return 'No call was made.';
  const { method, url, headers, body } = request;
  return [`${method} ${url}`, ...headerLines(headers), '', prettyJson(body ?? '')].join('\n');
}

/** The whole response as text. */
export function responseText({ response, error }: ShownAttempt): string {
  if (!response) return error ?? 'No answer came.';
  const { status, headers, body } = response;
  return [`HTTP ${status}`, ...headerLines(headers), '', prettyJson(body)].join('\n');
}

export function headerLines(headers: Readonly<Record<string, string | string[]>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}`),
  );
}
