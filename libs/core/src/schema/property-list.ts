import { isSchema, partsOf, typesOf, type JsonSchema } from './json-schema.js';

/** One path that a template or a filter may use. */
export interface SchemaProperty {
  /** `payload.incident.title`, `payload.links[].url`, `payload.labels.*`. */
  readonly path: string;
  /** JSON type, alternatives joined by ` | `: `string`, `number | null`. */
  readonly type: string;
  readonly description: string | null;
  /** True also where only some alternatives have it, or what holds it may be null. */
  readonly optional: boolean;
}

const MAX_DEPTH = 8;

/** Every property of a payload schema, flattened, parents before children. */
export function propertiesOf(root: JsonSchema): SchemaProperty[] {
  const found: SchemaProperty[] = [];
  walk({ schemas: [root], path: 'payload', optional: false, depth: 0 });
  return found;

  function walk({ schemas, path, optional, depth }: Step): void {
    if (depth >= MAX_DEPTH) return;
    const parts = schemas.flatMap((schema) => partsOf(schema, root));
    for (const [name, property] of propertiesByName(parts)) {
      const always = parts.every(({ required }) => required?.includes(name));
      visit({
        schemas: property,
        path: `${path}.${name}`,
        optional: optional || !always,
        depth: depth + 1,
      });
    }
    const values = parts.map((part) => part.additionalProperties).filter(saysSomething);
    if (values.length > 0) {
      visit({ schemas: values, path: `${path}.*`, optional: true, depth: depth + 1 });
    }
    const items = parts
      .flatMap((part) => [part.items, ...(part.prefixItems ?? [])])
      .filter(saysSomething);
    if (items.length > 0) walk({ schemas: items, path: `${path}[]`, optional, depth: depth + 1 });
  }

  function visit(step: Step): void {
    const parts = step.schemas.flatMap((schema) => partsOf(schema, root));
    found.push({
      path: step.path,
      type: typeOf(parts),
      description: [...step.schemas, ...parts].find((s) => s.description)?.description ?? null,
      optional: step.optional,
    });
    walk(step);
  }
}

interface Step {
  /** One, or what alternatives have under one name. */
  readonly schemas: readonly JsonSchema[];
  readonly path: string;
  readonly optional: boolean;
  readonly depth: number;
}

function propertiesByName(parts: readonly JsonSchema[]): Map<string, JsonSchema[]> {
  const byName = new Map<string, JsonSchema[]>();
  for (const { properties } of parts) {
    for (const [name, property] of Object.entries(properties ?? {})) {
      byName.set(name, [...(byName.get(name) ?? []), property]);
    }
  }
  return byName;
}

function saysSomething(schema: JsonSchema | boolean | undefined): schema is JsonSchema {
  return isSchema(schema) && Object.keys(schema).length > 0;
}

function typeOf(parts: readonly JsonSchema[]): string {
  const types = parts.flatMap((part) => {
    const own = typesOf(part);
    return own.length > 0 ? own : ['any'];
  });
  return [...new Set(types)].join(' | ');
}
