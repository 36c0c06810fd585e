import { createHash } from 'node:crypto';

/** Longer ones are hashed: an index entry has its bounds. */
const MAX_KEY_BYTES = 200;

/** Payloads without the property, and all where there is no key, share one line. */
export const SHARED_LINE = '';

/** U+FFFF, which is no character. */
const HIDING = 'chr(65535)';

/** The line that a delivery of this payload stands in: the JSON of what is at the path. */
export function orderKeyOf(payload: unknown, path: string | undefined): string {
  if (path === undefined) return SHARED_LINE;
  const json = JSON.stringify(valueAt(payload, path.split('.')));
  if (json === undefined) return SHARED_LINE;
  if (Buffer.byteLength(json) <= MAX_KEY_BYTES) return json;
  return `sha256:${createHash('sha256').update(json).digest('hex')}`;
}

/**
 * SQL for the same, of a payload in a column: for what was accepted before there was an order.
 *
 * Postgres can't read `\u0000` and halves of surrogate pairs: one such text anywhere in a payload, and
 * the whole statement would fail. So all `\u` are hidden from it behind a character that no text has;
 * a backslash that is escaped itself begins none.
 */
export function orderKeySql({ payload, path }: { payload: string; path: string }): string {
  const hidden = `CASE WHEN strpos(${payload}::text, '\\u') = 0 THEN ${payload}
    ELSE regexp_replace(${payload}::text, '(?<!\\\\)((?:\\\\\\\\)*)\\\\u', '\\1' || ${HIDING}, 'g')::json END`;
  const json = `replace(((${hidden}) #> string_to_array(${path}, '.'))::text, ${HIDING}, '\\u')`;
  return `coalesce((SELECT CASE WHEN octet_length(k.json) <= ${MAX_KEY_BYTES} THEN k.json
    ELSE 'sha256:' || encode(sha256(convert_to(k.json, 'UTF8')), 'hex') END
    FROM (SELECT ${json} AS json) k), '${SHARED_LINE}')`;
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
