import { hostname } from 'node:os';
import { newId } from '@nest-integrations/common';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { DeliveryWorker } from '../deliveries/delivery.worker.js';
import { Periodic } from '../deliveries/periodic.js';
import { IntegrationHealth } from '../integration.health.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import { packageVersion } from './package-version.js';

export const SEEN_EVERY_MS = 10_000;

/**
 * Says every few seconds, in one row, that this process's worker is there and how it fares. On the
 * connections of the admin side: deliveries wait for none of it.
 */
@Injectable()
export class WorkerPresence {
  private readonly logger = new Logger('IntegrationDeliveries');
  private readonly id = newId();
  private readonly version = packageVersion();
  private readonly table: string;
  private readonly signs = new Periodic({
    failure: 'worker.presence_failed',
    everyMs: SEEN_EVERY_MS,
    logger: this.logger,
    work: () => this.show(),
  });

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly worker: DeliveryWorker,
    private readonly health: IntegrationHealth,
  ) {
    this.table = `${schemaOf(dataSource)}.integration_workers`;
  }

  start(): void {
    this.signs.start();
    this.signs.now();
  }

  /** Takes the row away: what stays there without a new sign has ended otherwise. */
  async stop(): Promise<void> {
    await this.signs.stop();
    await this.dataSource.query(`DELETE FROM ${this.table} WHERE id = $1`, [this.id]);
  }

  private async show(): Promise<void> {
    const { problems } = await this.health.liveness();
    await this.dataSource.query(
      `WITH forgotten AS (
         DELETE FROM ${this.table} WHERE seen_at < now() - interval '1 hour' AND id <> $1)
       INSERT INTO ${this.table}
         (id, host, pid, version, concurrency, busy, stalled_ms, overdue_ms, problems)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (id) DO UPDATE SET busy = excluded.busy, stalled_ms = excluded.stalled_ms,
         overdue_ms = excluded.overdue_ms, problems = excluded.problems, seen_at = now()`,
      [
        this.id,
        hostname(),
        process.pid,
        this.version,
        this.worker.capacity,
        this.worker.busy,
        Math.round(this.worker.stalledMs),
        Math.round(this.worker.overdueMs),
        problems,
      ],
    );
  }
}
