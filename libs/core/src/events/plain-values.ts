/**
 * What of a payload can be said in a line each: its texts, numbers and flags by name, of the payload
 * itself or of the one object in it where that is all there is. Where name or text is blank it is left out: services refuse it.
 */
export function plainValuesOf(payload: unknown, limit = 10): [name: string, value: string][] {
  if (typeof payload !== 'object' || payload === null) return [];
  const entries: [string, unknown][] = Object.entries(payload);
  const [only] = entries;
  if (entries.length === 1 && typeof only?.[1] === 'object') return plainValuesOf(only[1], limit);
  return entries
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]): [string, string] => [name, String(value)])
    .filter(([name, value]) => name.trim() !== '' && value.trim() !== '')
    .slice(0, limit);
}
