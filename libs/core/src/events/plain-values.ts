/**
 * What of a payload can be said in a line each: its texts, numbers and flags by name, of the payload
 * itself or of the one object in it where that is all there is. Empty texts are left out.
 */
export function plainValuesOf(payload: unknown, limit = 10): [name: string, value: string][] {
  if (typeof payload !== 'object' || payload === null) return [];
  const entries: [string, unknown][] = Object.entries(payload);
  const [only] = entries;
  if (entries.length === 1 && typeof only?.[1] === 'object') return plainValuesOf(only[1], limit);
  return entries
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value) && value !== '')
    .slice(0, limit)
    .map(([name, value]) => [name, String(value)]);
}
