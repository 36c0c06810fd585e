import { isSchema, resolveRef, type JsonSchema } from './json-schema.js';

const SECRET = 'x-secret';
/** Unions within unions are followed so deep. */
const MAX_NESTED_UNIONS = 6;

/** What happens to a secret value; `undefined` leaves it out. */
type OnSecret = (value: unknown, path: string) => unknown;

/**
 * A copy of `value` in which each value that the schema marks as secret is replaced: nested,
 * optional, in lists, in records, in alternatives. Where several alternatives may apply, a value is
 * secret if one of them says so.
 */
export function mapSecrets(value: unknown, root: JsonSchema, onSecret: OnSecret): unknown {
  return mapSecretsIn(value, new SchemaPlace(root), onSecret);
}

/** As `mapSecrets`, from a place within a schema. */
export function mapSecretsIn(value: unknown, start: SchemaPlace, onSecret: OnSecret): unknown {
  return visit(value, start, '');

  function visit(current: unknown, place: SchemaPlace, path: string): unknown {
    if (current === undefined || current === null) return current;
    if (place.isSecret(current)) return onSecret(current, path);
    if (Array.isArray(current)) return visitList(current, place, path);
    if (!isRecord(current)) return current;
    const copy = Object.entries(current)
      .map(([name, child]): [string, unknown] => [
        name,
        visit(child, place.property(current, name), path === '' ? name : `${path}.${name}`),
      ])
      .filter(([, mapped]) => mapped !== undefined);
    return Object.fromEntries(copy);
  }

  /** A list that only held secrets is left out with them. */
  function visitList(list: readonly unknown[], place: SchemaPlace, path: string): unknown {
    const mapped = list
      .map((item, i) => visit(item, place.item(list, i), `${path}[${i}]`))
      .filter((item) => item !== undefined);
    return mapped.length === 0 && list.length > 0 ? undefined : mapped;
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

/** Where in a schema one is, while walking through a value beside it. */
export class SchemaPlace {
  constructor(
    private readonly root: JsonSchema,
    private readonly schemas: readonly JsonSchema[] = [root],
  ) {}

  /** What may describe this value here: of a discriminated union, only its own alternative. */
  fitting(value: unknown): JsonSchema[] {
    return this.schemas.flatMap((schema) => fitting(schema, { value, root: this.root, depth: 0 }));
  }

  isSecret(value: unknown): boolean {
    return this.fitting(value).some((schema) => schema[SECRET] === true);
  }

  property(value: unknown, name: string): SchemaPlace {
    return this.inner(value, ({ properties, additionalProperties }) =>
      properties && Object.hasOwn(properties, name) ? properties[name] : additionalProperties,
    );
  }

  item(value: unknown, index: number): SchemaPlace {
    return this.inner(value, ({ prefixItems, items }) => prefixItems?.[index] ?? items);
  }

  private inner(
    value: unknown,
    select: (schema: JsonSchema) => JsonSchema | boolean | undefined,
  ): SchemaPlace {
    return new SchemaPlace(this.root, this.fitting(value).map(select).filter(isSchema));
  }
}

interface Fit {
  readonly value: unknown;
  readonly root: JsonSchema;
  readonly depth: number;
}

function fitting(schema: JsonSchema, { value, root, depth }: Fit): JsonSchema[] {
  if (depth > MAX_NESTED_UNIONS) return [];
  const resolved = resolveRef(schema, root);
  const alternatives = [...(resolved.anyOf ?? []), ...(resolved.oneOf ?? [])];
  const own = alternatives.filter((part) => mayDescribe(resolveRef(part, root), value));
  // Where none fits, each may be the one that was meant: rather too much is secret than too little.
  const parts = [...(own.length > 0 ? own : alternatives), ...(resolved.allOf ?? [])];
  const inner = parts.flatMap((part) => fitting(part, { value, root, depth: depth + 1 }));
  // A reference may carry keywords of its own.
  return schema === resolved ? [resolved, ...inner] : [schema, resolved, ...inner];
}

/** False where a constant of the schema is another than the value's. */
function mayDescribe({ properties, required }: JsonSchema, value: unknown): boolean {
  if (!isRecord(value)) return true;
  return Object.entries(properties ?? {}).every(([name, { const: constant, enum: values }]) => {
    const allowed = values ?? (constant === undefined ? null : [constant]);
    if (allowed === null) return true;
    return Object.hasOwn(value, name) ? allowed.includes(value[name]) : !required?.includes(name);
  });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
