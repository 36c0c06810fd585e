import type { JsonSchema } from './json-schema.js';
import { isRecord, SchemaPlace } from './secret-paths.js';

/** A value whose schema has a keyword. */
export interface KeywordValue {
  readonly path: string;
  readonly value: unknown;
  /** What the keyword says. */
  readonly says: unknown;
  /** The object or list that the value lies in; undefined: it is the config itself. */
  readonly among: unknown;
}

/** The values in a config that the schema marks with a keyword: nested, in lists, in alternatives. */
export function valuesWith(keyword: string, config: unknown, schema: JsonSchema): KeywordValue[] {
  const found: KeywordValue[] = [];
  visit(config, new SchemaPlace(schema), '', undefined);
  return found;

  function visit(value: unknown, place: SchemaPlace, path: string, among: unknown): void {
    if (value === undefined || value === null) return;
    const marked = place.fitting(value).find((part) => part[keyword] !== undefined);
    if (marked) found.push({ path, value, says: marked[keyword], among });
    if (Array.isArray(value)) {
      value.forEach((item: unknown, i) =>
        visit(item, place.item(value, i), `${path}[${i}]`, value),
      );
    } else if (isRecord(value)) {
      for (const [name, child] of Object.entries(value)) {
        visit(child, place.property(value, name), path === '' ? name : `${path}.${name}`, value);
      }
    }
  }
}
