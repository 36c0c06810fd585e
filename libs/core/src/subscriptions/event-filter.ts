import { Query } from 'mingo';
import type { FieldProblem } from '../integration.error.js';
import { alternativesOf, resolveRef, type JsonSchema } from '../schema/json-schema.js';
import { isRecord } from '../schema/secret-paths.js';

export type EventFilter = Readonly<Record<string, unknown>>;
export type CompiledFilter = (payload: unknown) => boolean;

const LOGICAL = new Set(['$and', '$or', '$nor']);
const COMPARISONS = new Set([
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$nin',
  '$exists',
  '$all',
  '$elemMatch',
  '$size',
  '$not',
]);
const ALLOWED = [...LOGICAL, ...COMPARISONS].join(', ');
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

const MAX_BYTES = 16_384;
const MAX_DEPTH = 8;
const MAX_CONDITIONS = 100;
const MAX_VALUES = 500;

/** Conditions on the payload, Mongo style. Compiled once; call `filterProblems` before. */
export function compileFilter(filter: EventFilter): CompiledFilter {
  const query = new Query<object>({ ...filter });
  return (payload) => isObject(payload) && query.test(payload);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * What is wrong with a filter: operators that are not allowed, a size over the bounds, a path that no
 * payload of these schemas has, a comparison that can never be true. Empty: it can be saved.
 */
export function filterProblems(filter: unknown, schemas: readonly JsonSchema[]): FieldProblem[] {
  if (!isRecord(filter)) {
    return [
      { field: 'filter', message: 'must be an object of conditions, like { "severity": "high" }' },
    ];
  }
  const bytes = Buffer.byteLength(JSON.stringify(filter));
  if (bytes > MAX_BYTES) {
    return [{ field: 'filter', message: `is ${bytes} bytes; at most ${MAX_BYTES} are allowed` }];
  }
  const check = new FilterCheck(schemas);
  check.conditions(filter, { field: 'filter', path: '', depth: 1 });
  return check.problems;
}

interface Place {
  /** Where it stands in the filter, for messages. */
  readonly field: string;
  /** Where it points in the payload. */
  readonly path: string;
  readonly depth: number;
}

class FilterCheck {
  readonly problems: FieldProblem[] = [];
  private count = 0;

  constructor(private readonly schemas: readonly JsonSchema[]) {}

  conditions(conditions: Record<string, unknown>, place: Place): void {
    if (place.depth > MAX_DEPTH) {
      this.add(place.field, `is nested more than ${MAX_DEPTH} deep`);
      return;
    }
    for (const [key, value] of Object.entries(conditions)) {
      const field = `${place.field}.${key}`;
      if (++this.count > MAX_CONDITIONS) {
        if (this.count === MAX_CONDITIONS + 1)
          this.add('filter', `has more than ${MAX_CONDITIONS} conditions`);
        return;
      }
      if (FORBIDDEN_KEYS.has(key)) this.add(field, 'is not a name that can be compared');
      else if (LOGICAL.has(key)) this.alternatives(value, { ...place, field });
      else if (key.startsWith('$'))
        this.add(field, `the operator ${key} is not allowed; use ${ALLOWED}`);
      else {
        const path = place.path === '' ? key : `${place.path}.${key}`;
        this.comparison(value, { field, path, depth: place.depth + 1 });
      }
    }
  }

  private alternatives(value: unknown, place: Place): void {
    if (!Array.isArray(value) || value.length === 0 || !value.every(isRecord)) {
      this.add(place.field, 'must be a list of conditions, not empty');
      return;
    }
    value.forEach((conditions, i) =>
      this.conditions(conditions, {
        ...place,
        field: `${place.field}[${i}]`,
        depth: place.depth + 1,
      }),
    );
  }

  private comparison(value: unknown, place: Place): void {
    const targets = this.schemas.flatMap((schema) => schemasAt(schema, place.path));
    if (this.schemas.length > 0 && targets.length === 0) {
      this.add(
        place.field,
        `no payload of the chosen events has '${place.path}'; known are ${this.knownPaths()}`,
      );
      return;
    }
    if (!isRecord(value) || !Object.keys(value).some((key) => key.startsWith('$'))) {
      this.value(value, targets, place.field);
      return;
    }
    for (const [operator, operand] of Object.entries(value)) {
      this.operator({ operator, operand, targets, place });
    }
  }

  private operator({ operator, operand, targets, place }: OperatorUse): void {
    const field = `${place.field}.${operator}`;
    if (!COMPARISONS.has(operator)) {
      this.add(field, `the operator ${operator} is not allowed; use ${ALLOWED}`);
      return;
    }
    if (operator === '$in' || operator === '$nin' || operator === '$all') {
      this.list({ operator, operand, targets, field });
    } else if (operator === '$not' || operator === '$elemMatch') {
      if (!isRecord(operand)) this.add(field, 'must be an object of conditions');
      else if (operator === '$not')
        this.comparison(operand, { ...place, field, depth: place.depth + 1 });
      else if (Object.keys(operand).every((key) => key.startsWith('$') && !LOGICAL.has(key))) {
        this.comparison(operand, { ...place, field, depth: place.depth + 1 });
      } else this.conditions(operand, { field, path: place.path, depth: place.depth + 1 });
    } else if (operator === '$exists') {
      if (typeof operand !== 'boolean') this.add(field, 'must be true or false');
    } else if (operator === '$size') {
      if (!Number.isInteger(operand)) this.add(field, 'must be a whole number');
    } else if (operator !== '$ne') this.value(operand, targets, field);
  }

  private list({ operator, operand, targets, field }: ListUse): void {
    if (!Array.isArray(operand) || operand.length === 0) {
      this.add(field, 'must be a list of values, not empty');
    } else if (operand.length > MAX_VALUES) {
      this.add(field, `has ${operand.length} values; at most ${MAX_VALUES} are allowed`);
    } else if (operator !== '$nin') {
      operand.forEach((item, i) => this.value(item, targets, `${field}[${i}]`));
    }
  }

  /** A value that no schema at its path allows can never be met. */
  private value(value: unknown, targets: readonly JsonSchema[], field: string): void {
    if (targets.length === 0 || targets.some((target) => mayEqual(value, target))) return;
    const enums = targets.flatMap(
      (target) => target.enum ?? (target.const === undefined ? [] : [target.const]),
    );
    const types = [...new Set(targets.flatMap((target) => target.type ?? []))];
    this.add(
      field,
      enums.length > 0
        ? `can never match: must be one of ${enums.map((e) => JSON.stringify(e)).join(', ')}`
        : `can never match: the payload has ${types.join(' or ')} here`,
    );
  }

  private knownPaths(): string {
    const names = new Set(this.schemas.flatMap((schema) => Object.keys(schema.properties ?? {})));
    return [...names].slice(0, 20).join(', ') || 'none';
  }

  private add(field: string, message: string): void {
    this.problems.push({ field, message });
  }
}

interface OperatorUse {
  readonly operator: string;
  readonly operand: unknown;
  readonly targets: readonly JsonSchema[];
  readonly place: Place;
}

interface ListUse {
  readonly operator: string;
  readonly operand: unknown;
  readonly targets: readonly JsonSchema[];
  readonly field: string;
}

/** The schemas of what a dotted path reaches; list members count, with and without their index. */
function schemasAt(root: JsonSchema, path: string): JsonSchema[] {
  let reached = expand(root, root);
  for (const part of path.split('.')) {
    reached = reached.flatMap((schema) => step(schema, part, root));
  }
  return reached;
}

function step(schema: JsonSchema, part: string, root: JsonSchema): JsonSchema[] {
  if (isOpen(schema)) return [{}];
  const { properties, additionalProperties, items } = schema;
  const found: JsonSchema[] = [];
  const property = Object.hasOwn(properties ?? {}, part) ? properties?.[part] : undefined;
  if (property) found.push(...expand(property, root));
  else if (typeof additionalProperties === 'object')
    found.push(...expand(additionalProperties, root));
  else if (additionalProperties === true) found.push({});
  if (typeof items === 'object' && /^\d+$/.test(part)) found.push(...expand(items, root));
  return found;
}

/** A schema, its alternatives, and what its lists hold: a condition on a list is one on its members. */
function expand(schema: JsonSchema, root: JsonSchema, depth = 0): JsonSchema[] {
  if (depth > 4) return [];
  return alternativesOf(resolveRef(schema, root)).flatMap((alternative) => {
    const resolved = resolveRef(alternative, root);
    const members =
      typeof resolved.items === 'object' ? expand(resolved.items, root, depth + 1) : [];
    return [resolved, ...members];
  });
}

function isOpen({
  type,
  properties,
  anyOf,
  oneOf,
  items,
  enum: values,
  const: constant,
}: JsonSchema): boolean {
  return [type, properties, anyOf, oneOf, items, values, constant].every((x) => x === undefined);
}

function mayEqual(value: unknown, schema: JsonSchema): boolean {
  if (value === null) return true; // Mongo: also means "is not there".
  if (schema.const !== undefined) return schema.const === value;
  if (schema.enum) return schema.enum.includes(value);
  if (schema.type === undefined) return true;
  const types = [schema.type].flat();
  const own = Array.isArray(value) ? 'array' : typeof value;
  return (
    types.includes(own) ||
    (own === 'number' && types.includes('integer') && Number.isInteger(value))
  );
}
