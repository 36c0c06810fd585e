/**
 * How much text and how many items a value has where it is written out: what stands in it twice counts
 * twice, although it is held once. Beyond the limit it is not looked at further.
 */
export function weightOf(value: unknown, limit: number): number {
  let weight = 0;
  const open = [value];
  while (open.length > 0 && weight <= limit) {
    const next = open.pop();
    weight += typeof next === 'string' ? next.length + 1 : 1;
    if (typeof next !== 'object' || next === null) continue;
    if (Array.isArray(next)) {
      for (const item of next) open.push(item);
      continue;
    }
    for (const [name, item] of Object.entries(next)) {
      weight += name.length;
      open.push(item);
    }
  }
  return weight;
}
