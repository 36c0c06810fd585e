import { Query } from 'mingo';
import type { FieldProblem } from '../integration.error.js';
import { typesOf, type JsonSchema } from '../schema/json-schema.js';
import { propertiesOf } from '../schema/property-list.js';
import { isRecord } from '../schema/secret-paths.js';
import { constantsOf, mayBeList, mayCompare, mayEqual, schemasAt } from './filter-schema.js';

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
const RANGES = new Set(['$gt', '$gte', '$lt', '$lte']);
const LISTS = new Set(['$in', '$nin', '$all']);
const ALLOWED = [...LOGICAL, ...COMPARISONS].join(', ');
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

const MAX_BYTES = 16_384;
const MAX_DEPTH = 8;
/** Of the whole, values to compare with included: whoever reads it calls itself for each level. */
const MAX_VALUE_DEPTH = 32;
const MAX_CONDITIONS = 100;
const MAX_VALUES = 500;
const MAX_PATHS_SHOWN = 20;

/**
 * Conditions on the payload, Mongo style. Compiled once; call `filterProblems` before. Never throws
 * for a payload: one that it can't judge, being nested thousands deep, is rather sent than lost.
 */
export function compileFilter(filter: EventFilter): CompiledFilter {
  const query = new Query<object>({ ...filter });
  return (payload) => {
    try {
      return isObject(payload) && query.test(payload);
    } catch {
      return true;
    }
  };
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
  if (isDeeper(filter, MAX_VALUE_DEPTH)) {
    return [{ field: 'filter', message: `is nested more than ${MAX_VALUE_DEPTH} deep` }];
  }
  const bytes = Buffer.byteLength(JSON.stringify(filter));
  if (bytes > MAX_BYTES) {
    return [{ field: 'filter', message: `is ${bytes} bytes; at most ${MAX_BYTES} are allowed` }];
  }
  const check = new FilterCheck(schemas);
  check.conditions(filter, { field: 'filter', path: '', depth: 1 });
  return check.problems;
}

/** Level by level, so that no depth is too much for it. */
function isDeeper(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= levels; depth++) {
    level = level.filter(isObject).flatMap((each): unknown[] => Object.values(each));
    if (level.length === 0) return false;
  }
  return true;
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
      if (key.split('.').some((name) => FORBIDDEN_KEYS.has(name)))
        this.add(field, 'is not a name that can be compared');
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
    if (place.depth > MAX_DEPTH) {
      this.add(place.field, `is nested more than ${MAX_DEPTH} deep`);
      return;
    }
    const targets = this.schemas.flatMap((schema) => schemasAt(schema, place.path));
    if (this.schemas.length > 0 && targets.length === 0) {
      this.add(
        place.field,
        `no payload of the chosen events has '${place.path}'; known are ${this.pathsNear(place.path)}`,
      );
      return;
    }
    if (!isRecord(value) || !Object.keys(value).some((key) => key.startsWith('$'))) {
      this.possible({ value, targets, field: place.field, holds: mayEqual });
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
    } else if (LISTS.has(operator)) {
      this.list({ operator, operand, targets, field });
    } else if (operator === '$not' || operator === '$elemMatch') {
      this.nested({ operator, operand, targets, place: { ...place, field } });
    } else if (operator === '$exists') {
      if (typeof operand !== 'boolean') this.add(field, 'must be true or false');
    } else if (operator === '$size') {
      this.size(operand, targets, field);
    } else if (RANGES.has(operator)) {
      const holds = (value: unknown, schema: JsonSchema): boolean =>
        mayCompare(operator, value, schema);
      this.possible({ value: operand, targets, field, holds });
    } else if (operator === '$eq') {
      this.possible({ value: operand, targets, field, holds: mayEqual });
    }
  }

  private nested({ operator, operand, targets, place }: OperatorUse): void {
    const inner = { ...place, depth: place.depth + 1 };
    if (!isRecord(operand) || Object.keys(operand).length === 0) {
      this.add(place.field, 'must be an object of conditions, not empty');
    } else if (operator === '$not') {
      this.comparison(operand, inner);
    } else if (targets.length > 0 && !targets.some(mayBeList)) {
      this.add(place.field, 'can never match: the payload has no list here');
    } else if (Object.keys(operand).every((key) => key.startsWith('$') && !LOGICAL.has(key))) {
      this.comparison(operand, inner);
    } else {
      this.conditions(operand, inner);
    }
  }

  private size(operand: unknown, targets: readonly JsonSchema[], field: string): void {
    if (typeof operand !== 'number' || !Number.isInteger(operand) || operand < 0) {
      this.add(field, 'must be a whole number from 0');
    } else if (targets.length > 0 && !targets.some(mayBeList)) {
      this.add(field, 'can never match: the payload has no list here');
    }
  }

  private list({ operator, operand, targets, field }: ListUse): void {
    if (!Array.isArray(operand) || operand.length === 0) {
      this.add(field, 'must be a list of values, not empty');
    } else if (operand.length > MAX_VALUES) {
      this.add(field, `has ${operand.length} values; at most ${MAX_VALUES} are allowed`);
    } else if (operator !== '$nin') {
      operand.forEach((value: unknown, i) =>
        this.possible({ value, targets, field: `${field}[${i}]`, holds: mayEqual }),
      );
    }
  }

  /** A comparison that no schema at its path allows can never hold. */
  private possible({ value, targets, field, holds }: Comparison): void {
    if (targets.length === 0 || targets.some((target) => holds(value, target))) return;
    const constants = targets.flatMap((target) => constantsOf(target) ?? []);
    const types = [...new Set(targets.flatMap(typesOf))];
    this.add(
      field,
      constants.length > 0
        ? `can never match: must be one of ${constants.map((c) => JSON.stringify(c)).join(', ')}`
        : `can never match: the payload has ${types.join(' or ')} here`,
    );
  }

  /** Those that begin with the same name; where there are none, the first names. */
  private pathsNear(path: string): string {
    const paths = this.schemas
      .flatMap(propertiesOf)
      .map((property) => property.path.replace(/^payload\./, '').replaceAll('[]', ''));
    const [name] = path.split('.');
    const near = paths.filter((known) => known.startsWith(`${name}.`));
    const shown = near.length > 0 ? near : paths.filter((known) => !known.includes('.'));
    return [...new Set(shown)].slice(0, MAX_PATHS_SHOWN).join(', ') || 'none';
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

interface Comparison {
  readonly value: unknown;
  readonly targets: readonly JsonSchema[];
  readonly field: string;
  readonly holds: (value: unknown, schema: JsonSchema) => boolean;
}
