import type { JsonSchema } from '@nest-integrations/core';

/** One field of a form, as a line of a table. */
export interface FieldRow {
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  readonly description: string;
}

/** Fields that hold for one form of a config. */
export interface FieldTable {
  /** What the form is chosen by: `method: bot`; null: there is one form only. */
  readonly form: string | null;
  readonly rows: readonly FieldRow[];
}

const MAX_DEPTH = 4;

/** The fields of a schema; of each alternative, where there are several. */
export function fieldTables(schema: JsonSchema): FieldTable[] {
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (!alternatives) return [{ form: null, rows: rowsOf(schema, '', 0) }];
  return alternatives.map((alternative) => ({
    form: formOf(alternative),
    rows: rowsOf(alternative, '', 0),
  }));
}

function rowsOf(
  { properties = {}, required = [] }: JsonSchema,
  prefix: string,
  depth: number,
): FieldRow[] {
  return Object.entries(properties).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const row: FieldRow = {
      path,
      type: typeOf(property),
      isRequired: required.includes(name) && property['default'] === undefined,
      isSecret: property['x-secret'] === true,
      description: descriptionOf(property),
    };
    return depth < MAX_DEPTH ? [row, ...innerRows(property, path, depth + 1)] : [row];
  });
}

function innerRows(property: JsonSchema, path: string, depth: number): FieldRow[] {
  if (property.properties) return rowsOf(property, `${path}.`, depth);
  const { items } = property;
  if (typeof items === 'object' && items.properties) return rowsOf(items, `${path}[].`, depth);
  const alternatives = property.oneOf ?? property.anyOf ?? [];
  return merged(alternatives.flatMap((alternative) => alternativeRows(alternative, path, depth)));
}

/** Each says with which of the alternatives it is there. */
function alternativeRows(alternative: JsonSchema, path: string, depth: number): FieldRow[] {
  const form = formOf(alternative);
  const chooses = new Set(constantsOf(alternative).map(([name]) => `${path}.${name}`));
  return rowsOf(alternative, `${path}.`, depth).map((row) =>
    chooses.has(row.path) || form === null
      ? row
      : { ...row, description: `With \`${form}\`. ${row.description}`.trim() },
  );
}

/** A field that chooses the alternative has a value of each. */
function merged(rows: readonly FieldRow[]): FieldRow[] {
  const byKey = new Map<string, FieldRow>();
  for (const row of rows) {
    const key = JSON.stringify([row.path, row.description]);
    const known = byKey.get(key);
    const type = known && known.type !== row.type ? `${known.type}, ${row.type}` : row.type;
    byKey.set(key, { ...row, type });
  }
  return [...byKey.values()];
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(', ');
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) return [...new Set(alternatives.map(typeOf))].join(' or ');
  const template = schema['x-template'];
  if (typeof template === 'string') return `template (${template})`;
  if (schema.type === 'array') {
    return typeof schema.items === 'object' ? `list of ${typeOf(schema.items)}` : 'list';
  }
  if (schema.type === 'object') return schema.properties ? 'object' : 'object of values by name';
  return [schema.type ?? 'any'].flat().join(' or ');
}

function descriptionOf(schema: JsonSchema): string {
  const { description = '', default: otherwise } = schema;
  if (otherwise === undefined || JSON.stringify(otherwise) === '{}') return description;
  return `${description} Default ${code(otherwise)}.`.trim();
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** By the fields that have one value only. */
function formOf(schema: JsonSchema): string | null {
  return (
    constantsOf(schema)
      .map(([name, value]) => `${name}: ${String(value)}`)
      .join(', ') || null
  );
}

function constantsOf({ properties = {} }: JsonSchema): [name: string, value: unknown][] {
  return Object.entries(properties)
    .filter(([, { const: value }]) => value !== undefined)
    .map(([name, { const: value }]) => [name, value]);
}
