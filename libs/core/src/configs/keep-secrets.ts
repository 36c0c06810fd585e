import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from '../schema/json-schema.js';
import { isRecord, mapSecretsIn, SchemaPlace } from '../schema/secret-paths.js';

/**
 * `next` with the secrets that it leaves out taken from `current`, where their place is still there:
 * the objects around them, of the same alternative (an auth of the same type). `null` clears.
 */
export function keepSecrets(current: unknown, next: unknown, schema: JsonSchema): unknown {
  return merge(next, current, new SchemaPlace(schema));
}

function merge(next: unknown, current: unknown, place: SchemaPlace): unknown {
  if (Array.isArray(next)) return mergeLists(next, Array.isArray(current) ? current : [], place);
  if (!isRecord(next) || place.fitting(next).length === 0) return next;
  const before = isRecord(current) && isSameAlternative(next, current, place) ? current : {};
  const merged = Object.entries(next)
    .filter(([name, value]) => !isCleared(value, place.property(next, name)))
    .map(([name, value]): [string, unknown] => [
      name,
      merge(value, before[name], place.property(next, name)),
    ]);
  const kept = Object.entries(before).filter(
    ([name, value]) => next[name] === undefined && isKept(value, place.property(before, name)),
  );
  return Object.fromEntries([...merged, ...kept]);
}

function isSameAlternative(next: unknown, current: unknown, place: SchemaPlace): boolean {
  const [after, before] = [place.fitting(next), place.fitting(current)];
  return after.length === before.length && after.every((schema, i) => schema === before[i]);
}

/** Null is a value only where the schema has it. */
function isCleared(value: unknown, place: SchemaPlace): boolean {
  return (
    value === undefined ||
    (value === null &&
      place.isSecret(value) &&
      !place.fitting(value).some(({ type }) => [type].flat().includes('null')))
  );
}

/** A secret, or a list of nothing else: shown, it is left out as one. */
function isKept(value: unknown, place: SchemaPlace): boolean {
  if (place.isSecret(value)) return true;
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item: unknown, i) => place.item(value, i).isSecret(item))
  );
}

/**
 * Items may have moved, and one's secret must not go to another: an item keeps the secrets of the
 * one that looks the same, or, in a list as long as it was, of the one that stood there and is gone.
 */
function mergeLists(
  next: readonly unknown[],
  current: readonly unknown[],
  place: SchemaPlace,
): unknown[] {
  const givers = new Map<number, unknown>();
  current.forEach((item, i) => {
    const shown = withoutSecrets(item, place.item(current, i));
    if (!isDeepStrictEqual(shown, item)) givers.set(i, shown);
  });
  const same = next.map((item, i) => {
    if (givers.size === 0) return undefined;
    const wanted = withoutSecrets(item, place.item(next, i));
    const [giver] = [...givers].find(([, shown]) => isDeepStrictEqual(shown, wanted)) ?? [];
    if (giver !== undefined) givers.delete(giver);
    return giver;
  });
  return next.map((item, i) => {
    const stood = next.length === current.length && givers.has(i) ? i : undefined;
    const giver = same[i] ?? stood;
    return merge(item, giver === undefined ? undefined : current[giver], place.item(next, i));
  });
}

function withoutSecrets(value: unknown, place: SchemaPlace): unknown {
  return mapSecretsIn(value, place, () => undefined);
}
