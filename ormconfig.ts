import { IntegrationDataSource } from '@nest-integrations/core';

const url = process.env['DATABASE_URL'];
if (!url) {
  throw new Error(
    'DATABASE_URL is not set: give the database that the migrations are for, like postgres://user:password@localhost:5432/app',
  );
}
const schema = process.env['DATABASE_SCHEMA'];

/** What the TypeORM CLI works on: `npm run migration:show|run|revert`. */
export default new IntegrationDataSource(schema ? { url, schema } : { url });
