import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from '../schema-name.js';

/** How deliveries fared, summed up by spans of five minutes: charts do not read history. */
export class Statistics1766200000001 implements MigrationInterface {
  readonly name = 'Statistics1766200000001';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    // Rows are added to every few seconds: half a page stays free for their versions.
    await runner.query(`
      CREATE TABLE ${s}.integration_statistics (
        subject text COLLATE "C" NOT NULL,
        bucket timestamptz NOT NULL,
        delivered integer NOT NULL DEFAULT 0,
        failed integer NOT NULL DEFAULT 0,
        retried integer NOT NULL DEFAULT 0,
        latencies integer[] NOT NULL,
        PRIMARY KEY (subject, bucket)
      ) WITH (fillfactor = 50)`);
    await runner.query(
      `CREATE INDEX integration_statistics_bucket_idx ON ${s}.integration_statistics (bucket)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${schemaOf(runner.connection)}.integration_statistics`);
  }
}
