import type { FieldProblem } from '../integration.error.js';
import { isRecord } from '../schema/secret-paths.js';
import { problemsOf } from '../schema/zod-problems.js';
import type { VersionedSchema } from './versioned.js';

export type ParsedConfig =
  | { readonly ok: true; readonly config: unknown }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** A stored config of some version, migrated to the current one, checked, its defaults applied. */
export function parseConfig(
  versionedSchema: VersionedSchema,
  stored: { readonly config: unknown; readonly version: number },
): ParsedConfig {
  const migrated = migrate(versionedSchema, stored);
  if (!migrated.ok) return migrated;
  const parsed = versionedSchema.schema.safeParse(migrated.config);
  return parsed.success
    ? { ok: true, config: parsed.data }
    : { ok: false, problems: problemsOf(parsed.error, 'config') };
}

/** A config of the current version as an admin gives it: fields that the schema drops are problems. */
export function parseGivenConfig(schema: VersionedSchema, given: unknown): ParsedConfig {
  const parsed = parseConfig(schema, { config: given, version: schema.version });
  if (!parsed.ok) return parsed;
  const problems = droppedKeys(given, parsed.config, 'config');
  return problems.length > 0 ? { ok: false, problems } : parsed;
}

/** What is wrong, in one line. */
export function misfitText(problems: readonly FieldProblem[]): string {
  return problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
}

function migrate(
  { version, migrations }: VersionedSchema,
  stored: { readonly config: unknown; readonly version: number },
): ParsedConfig {
  if (stored.version > version) {
    return refused(`was written by version ${stored.version}; this app knows up to ${version}`);
  }
  let { config } = stored;
  for (let from = stored.version; from < version; from++) {
    const step = migrations[from];
    if (!step) return refused(`is of version ${from}, and no migration leads on from it`);
    try {
      config = step(config);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return refused(`can't be migrated from version ${from}: ${reason}`);
    }
  }
  return { ok: true, config };
}

function refused(message: string): ParsedConfig {
  return { ok: false, problems: [{ field: 'config', message }] };
}

/** What was given and is not there any more. Zod's plain objects drop what they do not know. */
function droppedKeys(given: unknown, parsed: unknown, path: string): FieldProblem[] {
  if (Array.isArray(given) && Array.isArray(parsed)) {
    const after: unknown[] = parsed;
    return given.length === after.length
      ? given.flatMap((item: unknown, i) => droppedKeys(item, after[i], `${path}[${i}]`))
      : [];
  }
  if (!isRecord(given) || !isRecord(parsed)) return [];
  return Object.entries(given).flatMap(([name, value]) => {
    const field = `${path}.${name}`;
    if (Object.hasOwn(parsed, name)) return droppedKeys(value, parsed[name], field);
    return value === undefined ? [] : [{ field, message: 'is not a known field' }];
  });
}
