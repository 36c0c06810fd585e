import { randomBytes } from 'node:crypto';
import { createDatabase, dropDatabase } from '@nest-integrations/embedded';
import { inject } from 'vitest';

export interface FreshDatabase {
  readonly name: string;
  readonly url: string;
  drop(): Promise<void>;
}

/** An empty database of a test file's own, on the run's real Postgres. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = await createDatabase(server, name);
  return { name, url, drop: () => dropDatabase(server, name) };
}
