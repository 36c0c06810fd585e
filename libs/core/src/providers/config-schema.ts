import type { FieldProblem } from '../integration.error.js';
import { problemsOf } from '../schema/zod-problems.js';
import type { VersionedSchema } from './versioned.js';

export type ParsedConfig =
  | { readonly ok: true; readonly config: unknown }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** A config of some version, migrated to the current one, checked, its defaults applied. */
export function parseConfig(
  { version, schema, migrations }: VersionedSchema,
  given: { readonly config: unknown; readonly version: number },
): ParsedConfig {
  if (given.version > version) {
    const message = `was written by version ${given.version}; this app knows up to ${version}`;
    return { ok: false, problems: [{ field: 'config', message }] };
  }
  let { config } = given;
  for (let from = given.version; from < version; from++) config = migrations[from]?.(config);
  const parsed = schema.safeParse(config);
  return parsed.success
    ? { ok: true, config: parsed.data }
    : { ok: false, problems: problemsOf(parsed.error, 'config') };
}
