import type { FieldProblem } from '../integration.error.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { secretsIn } from '../schema/secret-paths.js';
import { destinationsIn, type Destination } from './destinations.js';

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
  const known = new Set(destinationsIn(current, schema).map(placeOf));
  const moved = destinationsIn(merged, schema).find((each) => !known.has(placeOf(each)));
  if (!moved) return [];
  const typed = new Set(secretsIn(given, schema).map(({ path }) => path));
  return secretsIn(merged, schema)
    .filter(({ path }) => !typed.has(path))
    .map(({ path }) => ({
      field: `config.${path}`,
      message: `must be given again: '${moved.path}' leads to another host than the one it was for`,
    }));
}

/** What is connected to, as far as the config says. */
function placeOf(destination: Destination): string {
  if (destination.kind === 'url') return originOf(destination.url.toLowerCase());
  const { host, port } = destination;
  return `${host.toLowerCase()}:${port ?? ''}`;
}

/** Scheme, host and port; the whole of what is no URL before its templates are filled in. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
