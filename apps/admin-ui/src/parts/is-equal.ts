/** Whether two values are the same JSON, whatever the order of their names. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [definedOf(a), definedOf(b)];
  return (
    left.size === right.size &&
    [...left].every(([name, value]) => right.has(name) && isEqual(value, right.get(name)))
  );
}

function definedOf(value: object): Map<string, unknown> {
  return new Map(
    Object.entries(value).filter((entry): entry is [string, unknown] => entry[1] !== undefined),
  );
}
