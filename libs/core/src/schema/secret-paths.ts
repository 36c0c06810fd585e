import { alternativesOf, resolveRef, type JsonSchema } from './json-schema.js';

const SECRET = 'x-secret';

/** What happens to a secret value; `undefined` leaves it out. */
type OnSecret = (value: unknown, path: string) => unknown;

/**
 * A copy of `value` in which each value that the schema marks as secret is replaced: nested,
 * optional, in lists, in records, in alternatives. What no alternative knows is copied as it is.
 */
export function mapSecrets(value: unknown, root: JsonSchema, onSecret: OnSecret): unknown {
  return visit(value, root, '');

  function visit(current: unknown, schema: JsonSchema, path: string): unknown {
    const schemas = fitting(current, schema, root);
    if (isSecret(schema) || schemas.some(isSecret)) {
      return current === undefined || current === null ? current : onSecret(current, path);
    }
    if (Array.isArray(current)) {
      const items: unknown[] = current;
      return items.map((item, i) =>
        visit(item, schemas.map(itemsOf).find(isSchema) ?? {}, `${path}[${i}]`),
      );
    }
    if (!isRecord(current)) return current;
    const copy: Record<string, unknown> = {};
    for (const [name, child] of Object.entries(current)) {
      const property = schemas.map((s) => propertyOf(s, name)).find(isSchema) ?? {};
      const mapped = visit(child, property, path === '' ? name : `${path}.${name}`);
      if (mapped !== undefined) copy[name] = mapped;
    }
    return copy;
  }
}

/** The secrets in a value: where they stand and what they are. */
export function secretsIn(
  value: unknown,
  schema: JsonSchema,
): { readonly path: string; readonly value: unknown }[] {
  const found: { path: string; value: unknown }[] = [];
  mapSecrets(value, schema, (secret, path) => {
    found.push({ path, value: secret });
    return secret;
  });
  return found;
}

/** The alternatives that may describe the value: of a discriminated union, only its own. */
function fitting(value: unknown, schema: JsonSchema, root: JsonSchema): JsonSchema[] {
  const resolved = resolveRef(schema, root);
  const alternatives = alternativesOf(resolved).flatMap((alternative) =>
    alternative === resolved ? [resolved] : fitting(value, alternative, root),
  );
  const all = [...alternatives, ...(resolved.allOf ?? []).map((part) => resolveRef(part, root))];
  return isRecord(value) ? all.filter((candidate) => discriminates(candidate, value)) : all;
}

function discriminates({ properties }: JsonSchema, value: Record<string, unknown>): boolean {
  return Object.entries(properties ?? {}).every(
    ([name, property]) => property.const === undefined || value[name] === property.const,
  );
}

function isSecret(schema: JsonSchema): boolean {
  return schema[SECRET] === true;
}

function itemsOf({ items }: JsonSchema): JsonSchema | boolean | undefined {
  return items;
}

function propertyOf(
  { properties, additionalProperties }: JsonSchema,
  name: string,
): JsonSchema | boolean | undefined {
  return (
    (Object.hasOwn(properties ?? {}, name) ? properties?.[name] : undefined) ?? additionalProperties
  );
}

function isSchema(schema: JsonSchema | boolean | undefined): schema is JsonSchema {
  return typeof schema === 'object';
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
