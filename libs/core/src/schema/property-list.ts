import { alternativesOf, resolveRef, type JsonSchema } from './json-schema.js';

/** One path that a template or a filter may use. */
export interface SchemaProperty {
  /** `payload.incident.title`, `payload.links[].url`, `payload.labels.*`. */
  readonly path: string;
  /** JSON type, alternatives joined by ` | `: `string`, `number | null`. */
  readonly type: string;
  readonly description: string | null;
  readonly optional: boolean;
}

const MAX_DEPTH = 8;

/** Every property of a payload schema, flattened, parents before children. */
export function propertiesOf(root: JsonSchema): SchemaProperty[] {
  const found = new Map<string, SchemaProperty>();
  walk({ schema: root, path: 'payload', optional: false, depth: 0 });
  return [...found.values()];

  function walk({ schema, path, optional, depth }: Step): void {
    if (depth > MAX_DEPTH) return;
    for (const alternative of alternativesOf(resolveRef(schema, root))) {
      const resolved = resolveRef(alternative, root);
      for (const [name, property] of Object.entries(resolved.properties ?? {})) {
        const isOptional = optional || !resolved.required?.includes(name);
        visit({
          schema: property,
          path: `${path}.${name}`,
          optional: isOptional,
          depth: depth + 1,
        });
      }
      if (typeof resolved.additionalProperties === 'object') {
        const { additionalProperties } = resolved;
        if (Object.keys(additionalProperties).length > 0) {
          visit({
            schema: additionalProperties,
            path: `${path}.*`,
            optional: true,
            depth: depth + 1,
          });
        }
      }
      if (typeof resolved.items === 'object') {
        walk({ schema: resolved.items, path: `${path}[]`, optional, depth: depth + 1 });
      }
    }
  }

  function visit(step: Step): void {
    if (!found.has(step.path)) {
      found.set(step.path, {
        path: step.path,
        type: typeOf(step.schema, root),
        description: step.schema.description ?? resolveRef(step.schema, root).description ?? null,
        optional: step.optional,
      });
    }
    walk(step);
  }
}

interface Step {
  readonly schema: JsonSchema;
  readonly path: string;
  readonly optional: boolean;
  readonly depth: number;
}

function typeOf(schema: JsonSchema, root: JsonSchema): string {
  const types = alternativesOf(resolveRef(schema, root)).flatMap((alternative) => {
    const { type, const: constant } = resolveRef(alternative, root);
    if (type !== undefined) return type;
    return constant === undefined ? ['any'] : [constant === null ? 'null' : typeof constant];
  });
  return [...new Set(types)].join(' | ');
}
