import type { FieldProblem } from '@nest-integrations/core';

/** Deeper than any real config or payload; what walks them later may recurse safely. */
export const MAX_JSON_DEPTH = 64;

/**
 * What no JSON value may have, whatever the route: nesting beyond the limit, or NUL characters,
 * which Postgres can't store. Walks without recursion, as the value is not to be trusted yet.
 */
export function jsonProblems(value: unknown): FieldProblem[] {
  const pending: { readonly value: unknown; readonly field: string; readonly depth: number }[] = [
    { value, field: '', depth: 0 },
  ];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, field, depth } = next;
    if (depth > MAX_JSON_DEPTH) {
      const top = field.split('.', 1)[0] ?? '';
      return [{ field: top, message: `is nested deeper than ${MAX_JSON_DEPTH} levels` }];
    }
    if (hasNul(value)) return [{ field, message: 'must not contain the character U+0000' }];
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      const path = field ? `${field}.${key}` : key;
      if (hasNul(key)) return [{ field, message: 'has a name with the character U+0000' }];
      pending.push({ value: child, field: path, depth: depth + 1 });
    }
  }
  return [];
}

function hasNul(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\0');
}
