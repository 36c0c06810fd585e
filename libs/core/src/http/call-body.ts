import type { HttpCallOptions } from './http-client.js';

/** A body and the headers that go with it. */
export interface CallContent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
}

/** @throws TypeError where there are two bodies, or the JSON can't be written */
export function contentOf({ headers = {}, json, form, body }: HttpCallOptions): CallContent {
  const given = [json, form, body].filter((content) => content !== undefined);
  if (given.length > 1) throw new TypeError('give one of json, form and body');
  if (json !== undefined) {
    return { headers: withType(headers, 'application/json'), body: JSON.stringify(json) };
  }
  if (form === undefined) return { headers, body };
  return {
    headers: withType(headers, 'application/x-www-form-urlencoded'),
    body: new URLSearchParams(form).toString(),
  };
}

/** The caller's own content type is kept. */
function withType(
  headers: Readonly<Record<string, string>>,
  contentType: string,
): Readonly<Record<string, string>> {
  const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return isGiven ? headers : { ...headers, 'content-type': contentType };
}
