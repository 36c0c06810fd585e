/** Dotted lower-case words: `incident.created`, `catalog.system.deleted`. */
export const EVENT_TYPE_FORM = /^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$/;

/** An event type, a prefix with `.*` at its end (`incident.*`), or `*` for every event of the product. */
export const EVENT_PATTERN_FORM = /^(\*|[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*(\.\*)?)$/;

/** Begins the types of the system's own events: `integration.delivery.failed`. */
export const OPERATIONAL_PREFIX = 'integration.';

/**
 * True for the system's own events, which tell of deliveries and subscriptions. `*` leaves them out:
 * who asked for every event of the product did not ask for those. `integration.*` names them.
 */
export function isOperational(type: string): boolean {
  return type.startsWith(OPERATIONAL_PREFIX);
}

/**
 * Every pattern that matches `type`, the most exact first:
 * `a.b.c` → `['a.b.c', 'a.b.*', 'a.*', '*']`. Subscriptions are found by looking these up,
 * so matching costs an index probe for each part of the name, however many subscriptions there are.
 */
export function patternsMatching(type: string): string[] {
  const parts = type.split('.');
  const patterns = [type];
  for (let length = parts.length - 1; length > 0; length--) {
    patterns.push(`${parts.slice(0, length).join('.')}.*`);
  }
  if (!isOperational(type)) patterns.push('*');
  return patterns;
}

export function patternMatches(pattern: string, type: string): boolean {
  if (pattern === '*') return !isOperational(type);
  return pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)));
}
