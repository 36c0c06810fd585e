import { z } from 'zod';

/** A JSON Schema (2020-12) as plain data; UI hints are its `x-` keywords. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema | boolean;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly [keyword: string]: unknown;
}

/** The JSON Schema of what a zod schema puts out. Dates are strings, as JSON writes them. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const made: unknown = z.toJSONSchema(schema, {
    io: 'output',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'date') {
        jsonSchema.type = 'string';
        jsonSchema.format = 'date-time';
      }
      if (jsonSchema['x-secret'] !== true && isSecret(zodSchema)) jsonSchema['x-secret'] = true;
    },
  });
  if (!isSchema(made)) throw new TypeError('zod made no JSON Schema');
  return made;
}

/** What zod puts out of a pipe or a transform says nothing of where it came from: a secret stays one. */
function isSecret(schema: z.core.$ZodType): boolean {
  if (z.globalRegistry.get(schema)?.['x-secret'] === true) return true;
  return schema instanceof z.ZodPipe && isSecret(schema.in);
}

/** The schema that a `$ref` within `root` points to; a schema without one is itself. */
export function resolveRef(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema;
  for (let hops = 0; current.$ref !== undefined && hops < 16; hops++) {
    if (current.$ref === '#') return root;
    const name = /^#\/\$defs\/(.+)$/.exec(current.$ref)?.[1];
    const target = name === undefined ? undefined : root.$defs?.[name];
    if (!target) return {};
    current = target;
  }
  return current;
}

/** Unions within unions are followed so deep; a schema that refers to itself ends there. */
const MAX_NESTED_UNIONS = 6;

/** What a value may be: the alternatives and parts of a schema, references followed. */
export function partsOf(schema: JsonSchema, root: JsonSchema, depth = 0): JsonSchema[] {
  const resolved = resolveRef(schema, root);
  const { anyOf = [], oneOf = [], allOf = [] } = resolved;
  const inner = [...anyOf, ...oneOf, ...allOf];
  if (inner.length === 0) return [resolved];
  const parts =
    depth < MAX_NESTED_UNIONS ? inner.flatMap((part) => partsOf(part, root, depth + 1)) : [];
  return resolved.properties ? [resolved, ...parts] : parts;
}

/** JSON types that a schema names, or that its constants have. Empty: it says nothing. */
export function typesOf({ type, const: constant, enum: values }: JsonSchema): string[] {
  if (type !== undefined) return [type].flat();
  const constants = values ?? (constant === undefined ? [] : [constant]);
  return [...new Set(constants.map((value) => (value === null ? 'null' : typeof value)))];
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}
