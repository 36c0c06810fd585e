/** One condition as a row of the builder; all rows must hold. */
export interface FilterRow {
  /** Below the payload: `incident.severity`. */
  readonly path: string;
  readonly operator: FilterOperator;
  readonly values: readonly FilterValue[];
}

export type FilterValue = string | number | boolean | null;
export type FilterOperator =
  'is' | 'isNot' | 'oneOf' | 'noneOf' | 'gt' | 'gte' | 'lt' | 'lte' | 'exists' | 'missing';

export const OPERATOR_LABELS: Readonly<Record<FilterOperator, string>> = {
  is: 'is',
  isNot: 'is not',
  oneOf: 'is one of',
  noneOf: 'is none of',
  gt: 'is greater than',
  gte: 'is at least',
  lt: 'is less than',
  lte: 'is at most',
  exists: 'is there',
  missing: 'is not there',
};

/** Operators that take one value, by their name in the filter. */
const SINGLE = { isNot: '$ne', gt: '$gt', gte: '$gte', lt: '$lt', lte: '$lte' } as const;
const LISTS = { oneOf: '$in', noneOf: '$nin' } as const;

type Filter = Readonly<Record<string, unknown>>;

/** How many values a row of an operator has: none, one or many. */
export function arityOf(operator: FilterOperator): 'none' | 'one' | 'many' {
  if (operator === 'exists' || operator === 'missing') return 'none';
  return operator in LISTS ? 'many' : 'one';
}

/** The filter that rows stand for; `null`: every event. Rows that are not filled in yet say nothing. */
export function filterOf(rows: readonly FilterRow[]): Filter | null {
  const conditions = rows.filter(isFilledIn).map((row) => [row.path, conditionOf(row)] as const);
  if (conditions.length === 0) return null;
  const paths = new Set(conditions.map(([path]) => path));
  if (paths.size === conditions.length) return Object.fromEntries(conditions);
  return { $and: conditions.map(([path, condition]) => ({ [path]: condition })) };
}

function isFilledIn({ path, operator, values }: FilterRow): boolean {
  return path !== '' && (arityOf(operator) === 'none' || values.length > 0);
}

function conditionOf({ operator, values }: FilterRow): unknown {
  if (operator === 'exists' || operator === 'missing') return { $exists: operator === 'exists' };
  if (operator === 'oneOf' || operator === 'noneOf') return { [LISTS[operator]]: values };
  const [value = null] = values;
  return operator === 'is' ? value : { [SINGLE[operator]]: value };
}

/** The rows of a filter; null: it says more than rows can, and is edited as JSON. */
export function rowsOf(filter: Filter | null): FilterRow[] | null {
  if (filter === null) return [];
  const { $and: all, ...plain } = filter;
  if (all !== undefined) {
    if (!Array.isArray(all) || Object.keys(plain).length > 0) return null;
    const nested = all.map((part: unknown) => (isRecord(part) ? rowsOf(part) : null));
    return nested.every((rows) => rows !== null) ? nested.flat() : null;
  }
  const rows = Object.entries(plain).map(([path, condition]) => rowsAt(path, condition));
  return rows.every((part) => part !== null) ? rows.flat() : null;
}

function rowsAt(path: string, condition: unknown): FilterRow[] | null {
  if (path.startsWith('$')) return null;
  if (isValue(condition)) return [{ path, operator: 'is', values: [condition] }];
  if (!isRecord(condition)) return null;
  const rows = Object.entries(condition).map(([name, operand]) => rowOf(path, name, operand));
  return rows.length > 0 && rows.every((row) => row !== null) ? rows : null;
}

function rowOf(path: string, name: string, operand: unknown): FilterRow | null {
  if (name === '$exists' && typeof operand === 'boolean') {
    return { path, operator: operand ? 'exists' : 'missing', values: [] };
  }
  if (name === '$eq' && isValue(operand)) return { path, operator: 'is', values: [operand] };
  for (const operator of ['oneOf', 'noneOf'] as const) {
    if (LISTS[operator] === name) {
      return Array.isArray(operand) && operand.every(isValue)
        ? { path, operator, values: operand }
        : null;
    }
  }
  for (const operator of ['isNot', 'gt', 'gte', 'lt', 'lte'] as const) {
    if (SINGLE[operator] === name)
      return isValue(operand) ? { path, operator, values: [operand] } : null;
  }
  return null;
}

/** What was typed as the property's type has it: `3` for a number. */
export function valueFrom(text: string, type: string): FilterValue {
  const types = type.split(' | ');
  if (text === 'null' && types.includes('null')) return null;
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  const isNumeric = types.includes('number') || types.includes('integer');
  if (isNumeric && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  return text;
}

function isValue(value: unknown): value is FilterValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isRecord(value: unknown): value is Filter {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
