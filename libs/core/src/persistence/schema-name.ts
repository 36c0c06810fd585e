import type { DataSource } from 'typeorm';

export const DEFAULT_SCHEMA = 'integration';

const SCHEMA_FORM = /^[a-z_][a-z0-9_]{0,62}$/;

/** @throws TypeError where the name would need quoting: it is put into SQL as it is */
export function assertSchemaName(schema: string): string {
  if (!SCHEMA_FORM.test(schema)) {
    throw new TypeError(
      `database.schema '${schema}': use lower-case letters, digits and underscores, like 'integration'`,
    );
  }
  return schema;
}

/** The schema that a data source was set up with, safe to put into SQL. */
export function schemaOf(dataSource: Pick<DataSource, 'options'>): string {
  const schema = 'schema' in dataSource.options ? dataSource.options.schema : undefined;
  return assertSchemaName(schema ?? DEFAULT_SCHEMA);
}
