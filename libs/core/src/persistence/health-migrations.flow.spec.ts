import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/postgres.js';
import { IntegrationDataSource } from './integration-data-source.js';

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

it('the migrations go back and forth again, leaving nothing behind', async () => {
  const dataSource = await new IntegrationDataSource({ url: database.url }).initialize();
  const objects = async (): Promise<string[]> => {
    const rows: { name: string }[] = await dataSource.query(
      `SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'integration'::regnamespace
         AND relkind IN ('r', 'p')
       UNION SELECT proname::text FROM pg_proc WHERE pronamespace = 'integration'::regnamespace
       ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };
  try {
    await dataSource.runMigrations();
    const all = await objects();
    expect(all).toContain('note_failed_delivery');
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
    const left = (await objects()).filter((name) => !name.startsWith('integration_migrations'));
    expect(left).toEqual([]);
    await dataSource.runMigrations();
    expect(await objects()).toEqual(all);
  } finally {
    await dataSource.destroy();
  }
});
