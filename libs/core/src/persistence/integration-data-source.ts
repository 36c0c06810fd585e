import { Client } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConnectionEntity } from '../connections/connection.entity.js';
import { SubscriptionEntity } from '../subscriptions/subscription.entity.js';
import { Connections1765000000000 } from './migrations/1765000000000-connections.js';
import { TheSpine1764000000000 } from './migrations/1764000000000-the-spine.js';
import { Gates1764100000000 } from './migrations/1764100000000-gates.js';
import { SubscriptionHealth1764200000000 } from './migrations/1764200000000-subscription-health.js';
import { Replays1764210000000 } from './migrations/1764210000000-replays.js';
import { TraceContext1764500000000 } from './migrations/1764500000000-trace-context.js';
import { History1764300000000 } from './migrations/1764300000000-history.js';
import { AuditLog1764310000000 } from './migrations/1764310000000-audit-log.js';
import { Threads1765100000000 } from './migrations/1765100000000-threads.js';
import { Transformations1766100000000 } from './migrations/1766100000000-transformations.js';
import { DeliveryLists1766200000000 } from './migrations/1766200000000-delivery-lists.js';
import { OAuth1766000000000 } from './migrations/1766000000000-oauth.js';
import { Statistics1766200000001 } from './migrations/1766200000001-statistics.js';
import { ConfigProblems1766000000010 } from './migrations/1766000000010-config-problems.js';
import { LiveChanges1766200000002 } from './migrations/1766200000002-live-changes.js';
import { Workers1766400000000 } from './migrations/1766400000000-workers.js';
import { RetentionRuns1766400000001 } from './migrations/1766400000001-retention-runs.js';
import { ChosenReplays1766400000002 } from './migrations/1766400000002-chosen-replays.js';
import { assertSchemaName, DEFAULT_SCHEMA } from './schema-name.js';

/** Of our own choosing; it ends with the connection. */
const SCHEMA_LOCK = 7_101_959;

export interface IntegrationDataSourceOptions {
  readonly url: string;
  /** Default `integration`. */
  readonly schema?: string;
}

/** Our entities and migrations, for the admin side and for the TypeORM CLI. */
export class IntegrationDataSource extends DataSource {
  readonly place: { readonly url: string; readonly schema: string };

  constructor({ url, schema = DEFAULT_SCHEMA }: IntegrationDataSourceOptions) {
    const options: DataSourceOptions = {
      type: 'postgres',
      url,
      schema: assertSchemaName(schema),
      entities: [SubscriptionEntity, ConnectionEntity],
      migrations: [
        TheSpine1764000000000,
        Gates1764100000000,
        SubscriptionHealth1764200000000,
        Replays1764210000000,
        History1764300000000,
        AuditLog1764310000000,
        TraceContext1764500000000,
        Connections1765000000000,
        Threads1765100000000,
        OAuth1766000000000,
        ConfigProblems1766000000010,
        Transformations1766100000000,
        DeliveryLists1766200000000,
        Statistics1766200000001,
        LiveChanges1766200000002,
        Workers1766400000000,
        RetentionRuns1766400000001,
        ChosenReplays1766400000002,
      ],
      migrationsTableName: 'integration_migrations',
      migrationsTransactionMode: 'each',
      poolSize: 4,
      applicationName: 'nest-integrations admin',
    };
    super(options);
    this.place = { url, schema };
  }

  /** Another on the same place, each statement of which waits that long for a lock and no longer. */
  withLockTimeout(ms: number): IntegrationDataSource {
    const other = new IntegrationDataSource(this.place);
    const { migrations } = this.options;
    return other.setOptions({
      ...(migrations ? { migrations } : {}),
      extra: { options: `-c lock_timeout=${ms}` },
    });
  }

  /** Makes the schema first: TypeORM keeps its table of migrations in it. */
  override async initialize(): Promise<this> {
    const client = new Client({ connectionString: this.place.url });
    await client.connect();
    try {
      const { rows } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [
        this.place.schema,
      ]);
      if (rows.length === 0) {
        // IF NOT EXISTS does not keep two starts from making it at the same moment.
        await client.query('SELECT pg_advisory_lock($1)', [SCHEMA_LOCK]);
        await client.query(`CREATE SCHEMA IF NOT EXISTS ${this.place.schema}`);
      }
    } finally {
      await client.end();
    }
    return super.initialize();
  }
}
