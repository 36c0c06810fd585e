import type { FieldProblem } from '../integration.error.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { valuesWith, type KeywordValue } from '../schema/keyword-values.js';
import { isRecord, secretsIn } from '../schema/secret-paths.js';

/** A config before a change, what was given for it, and what came of both. */
export interface ConfigChange {
  readonly current: unknown;
  readonly given: unknown;
  readonly merged: unknown;
}

/**
 * Secrets that were kept although the config connects elsewhere now (fields with the hint
 * `destination`). Who may change where they are sent need not know them: they are given again.
 */
export function movedSecretProblems(change: ConfigChange, schema: JsonSchema): FieldProblem[] {
  const { current, given, merged } = change;
  const known = new Set(destinationsIn(current, schema).map(({ place }) => place));
  const moved = destinationsIn(merged, schema).find(({ place }) => !known.has(place));
  if (!moved) return [];
  const typed = new Set(secretsIn(given, schema).map(({ path }) => path));
  return secretsIn(merged, schema)
    .filter(({ path }) => !typed.has(path))
    .map(({ path }) => ({
      field: `config.${path}`,
      message: `must be given again: '${moved.path}' leads to another host than the one it was for`,
    }));
}

interface Destination {
  readonly path: string;
  /** What is connected to, as far as the config says. */
  readonly place: string;
}

function destinationsIn(config: unknown, schema: JsonSchema): Destination[] {
  return valuesWith('x-destination', config, schema).map((found) => ({
    path: found.path,
    place: placeOf(found),
  }));
}

function placeOf({ value, says, among }: KeywordValue): string {
  const text = String(value).toLowerCase();
  if (says === 'url') return originOf(text);
  const port = isRecord(among) ? among['port'] : undefined;
  return typeof port === 'number' ? `${text}:${port}` : text;
}

/** Scheme, host and port; the whole of what is no URL before its templates are filled in. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
