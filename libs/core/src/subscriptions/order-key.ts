import { createHash } from 'node:crypto';

/** Longer ones are hashed: an index entry has its bounds. */
const MAX_KEY_BYTES = 200;

/** Payloads without the property, and all where there is no key, share one line. */
export const SHARED_LINE = '';

/** The line that a delivery of this payload stands in: the JSON of what is at the path. */
export function orderKeyOf(payload: unknown, path: string | undefined): string {
  if (path === undefined) return SHARED_LINE;
  const json = JSON.stringify(valueAt(payload, path.split('.')));
  if (json === undefined) return SHARED_LINE;
  if (Buffer.byteLength(json) <= MAX_KEY_BYTES) return json;
  return `sha256:${createHash('sha256').update(json).digest('hex')}`;
}

/** SQL for the same, of a payload in a column: for what was accepted before there was an order. */
export function orderKeySql({ payload, path }: { payload: string; path: string }): string {
  const json = `(${payload} #> string_to_array(${path}, '.'))::text`;
  return `coalesce(CASE WHEN octet_length(${json}) <= ${MAX_KEY_BYTES} THEN ${json}
    ELSE 'sha256:' || encode(sha256(convert_to(${json}, 'UTF8')), 'hex') END, '${SHARED_LINE}')`;
}

function valueAt(payload: unknown, path: readonly string[]): unknown {
  let value = payload;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}
