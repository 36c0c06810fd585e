import type { z } from 'zod';

/** A config schema with its version; what is stored carries the version it was written with. */
export interface VersionedSchema<Schema extends z.ZodType = z.ZodType> {
  readonly version: number;
  readonly schema: Schema;
  /** `migrations[n]` turns a config of version n into one of version n + 1. */
  readonly migrations: Readonly<Record<number, (config: unknown) => unknown>>;
}

/**
 * Gives a config schema its version.
 * @throws TypeError where the version is no whole number from 1, or a step of the chain is missing
 */
export function versioned<Schema extends z.ZodType>(
  version: number,
  schema: Schema,
  migrations: Readonly<Record<number, (config: unknown) => unknown>> = {},
): VersionedSchema<Schema> {
  if (!Number.isInteger(version) || version < 1) {
    throw new TypeError(`versioned(${version}, …): the version must be a whole number from 1`);
  }
  for (let from = 1; from < version; from++) {
    if (!migrations[from]) {
      throw new TypeError(
        `versioned(${version}, …): the migration from version ${from} to ${from + 1} is missing`,
      );
    }
  }
  return { version, schema, migrations };
}
