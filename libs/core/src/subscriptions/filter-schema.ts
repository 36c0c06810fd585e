import { isSchema, partsOf, typesOf, type JsonSchema } from '../schema/json-schema.js';

/** Lists of lists are followed so deep. */
const MAX_NESTED_LISTS = 4;

/**
 * The schemas of what a dotted path reaches in a payload. A path goes through lists to their members,
 * with and without an index, as conditions do. Empty: no payload has it.
 */
export function schemasAt(root: JsonSchema, path: string): JsonSchema[] {
  let reached = withMembers(root, root);
  for (const name of path.split('.')) {
    reached = reached.flatMap((schema) => step(schema, name, root));
  }
  return reached;
}

function step(schema: JsonSchema, name: string, root: JsonSchema): JsonSchema[] {
  if (isOpen(schema)) return [{}];
  const { properties, additionalProperties, items, prefixItems = [] } = schema;
  const own = properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
  const index = /^\d+$/.test(name) ? Number(name) : undefined;
  const found = [
    own ?? (additionalProperties === true ? {} : additionalProperties),
    ...(index === undefined ? [] : [prefixItems[index] ?? items]),
  ];
  return found.filter(isSchema).flatMap((inner) => withMembers(inner, root));
}

/** A schema's alternatives, and what its lists hold: a condition on a list is one on its members. */
function withMembers(schema: JsonSchema, root: JsonSchema, depth = 0): JsonSchema[] {
  if (depth > MAX_NESTED_LISTS) return [];
  return partsOf(schema, root).flatMap((part) => [
    part,
    ...[part.items, ...(part.prefixItems ?? [])]
      .filter(isSchema)
      .flatMap((member) => withMembers(member, root, depth + 1)),
  ]);
}

/** It allows anything, so it has every path. */
function isOpen(schema: JsonSchema): boolean {
  return typesOf(schema).length === 0 && schema.properties === undefined;
}

/** Whether a payload of this schema can have this value. */
export function mayEqual(value: unknown, schema: JsonSchema): boolean {
  if (value === null) return true; // Mongo: also means "is not there".
  const constants = constantsOf(schema);
  if (constants && typeof value !== 'object') return constants.includes(value);
  return (
    mayBe(Array.isArray(value) ? 'array' : typeof value, schema) && isWholeEnough(value, schema)
  );
}

/** Whether a payload of this schema can have a value that is greater, less, … than this one. */
export function mayCompare(operator: string, value: unknown, schema: JsonSchema): boolean {
  const constants = constantsOf(schema);
  if (!constants) return mayBe(typeof value, schema);
  return constants.some((constant) => compares(operator, constant, value));
}

function compares(operator: string, left: unknown, right: unknown): boolean {
  const order = orderOf(left, right);
  if (order === null) return false;
  if (operator === '$gt') return order > 0;
  if (operator === '$gte') return order >= 0;
  return operator === '$lt' ? order < 0 : order <= 0;
}

/** Null: the two have no order. */
function orderOf(left: unknown, right: unknown): number | null {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') {
    return left === right ? 0 : left < right ? -1 : 1;
  }
  return null;
}

/** Whether a payload of this schema can have a list. */
export function mayBeList(schema: JsonSchema): boolean {
  return mayBe('array', schema);
}

/** The only values that a schema allows; null where it does not say. */
export function constantsOf({
  enum: values,
  const: constant,
}: JsonSchema): readonly unknown[] | null {
  return values ?? (constant === undefined ? null : [constant]);
}

function mayBe(type: string, schema: JsonSchema): boolean {
  const types = typesOf(schema);
  return (
    types.length === 0 || types.includes(type) || (type === 'number' && types.includes('integer'))
  );
}

function isWholeEnough(value: unknown, schema: JsonSchema): boolean {
  const types = typesOf(schema);
  return typeof value !== 'number' || types.includes('number') || !types.includes('integer')
    ? true
    : Number.isInteger(value);
}
