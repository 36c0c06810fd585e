import { Inject, Injectable, Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Periodic } from '../deliveries/periodic.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import {
  addCounts,
  noCounts,
  StatisticsTally,
  type CountedAttempt,
  type Counts,
  type Tallied,
} from './statistics-tally.js';
import { ALL, subjectOfSubscription, subjectOfTenant } from './statistics-subject.js';

const WRITE_EVERY_MS = 5_000;

interface Totalled extends Counts {
  readonly subject: string;
  readonly bucket: number;
}

/**
 * Counts attempts in memory and adds them every few seconds to the rows of their subscriptions, their
 * tenants and of all: an attempt costs a look into a map, a screen reads few rows. A kill loses the
 * last seconds of the counts, and nothing else.
 */
@Injectable()
export class StatisticsRecorder {
  private readonly logger = new Logger('IntegrationStatistics');
  private readonly tally = new StatisticsTally();
  private readonly schema: string;
  private readonly upkeep = new Periodic({
    failure: 'statistics.failed',
    everyMs: WRITE_EVERY_MS,
    logger: this.logger,
    work: () => this.write(),
  });

  constructor(@Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource) {
    this.schema = schemaOf(dataSource);
  }

  start(): void {
    this.upkeep.start();
  }

  /** Writes what is still in memory. */
  async stop(): Promise<void> {
    await this.upkeep.stop();
    try {
      await this.write();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ event: 'statistics.not_written', reason });
    }
  }

  note(attempts: Iterable<CountedAttempt>): void {
    const now = Date.now();
    for (const attempt of attempts) this.tally.note(attempt, now);
  }

  async write(): Promise<void> {
    const taken = this.tally.take();
    if (taken.length === 0) return;
    try {
      await this.add(await this.totals(taken));
    } catch (error) {
      this.tally.putBack(taken);
      throw error;
    }
  }

  /** Of a subscription that is deleted only what all have done is counted. */
  private async totals(tallies: readonly Tallied[]): Promise<Totalled[]> {
    const rows: { id: string; tenant: string }[] = await this.dataSource.query(
      `SELECT id, tenant FROM ${this.schema}.integration_subscriptions WHERE id = ANY($1::uuid[])`,
      [[...new Set(tallies.map(({ subscriptionId }) => subscriptionId))]],
    );
    const tenants = new Map(rows.map(({ id, tenant }) => [id, tenant]));
    const totals = new Map<string, Totalled>();
    for (const tally of tallies) {
      const tenant = tenants.get(tally.subscriptionId);
      const subjects =
        tenant === undefined
          ? [ALL]
          : [ALL, subjectOfTenant(tenant), subjectOfSubscription(tally.subscriptionId)];
      for (const subject of subjects) {
        const key = `${tally.bucket} ${subject}`;
        let total = totals.get(key);
        if (!total) totals.set(key, (total = { subject, bucket: tally.bucket, ...noCounts() }));
        addCounts(total, tally);
      }
    }
    // In one order by every process, so that two can't wait for each other.
    return [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, total]) => total);
  }

  private async add(totals: readonly Totalled[]): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO ${this.schema}.integration_statistics AS s
         (subject, bucket, delivered, failed, retried, latencies)
       SELECT g.subject, to_timestamp(g.bucket / 1000), g.delivered, g.failed, g.retried,
         g.latencies::int[]
       FROM unnest($1::text[], $2::float8[], $3::int[], $4::int[], $5::int[], $6::text[])
         AS g(subject, bucket, delivered, failed, retried, latencies)
       ON CONFLICT (subject, bucket) DO UPDATE SET
         delivered = s.delivered + excluded.delivered, failed = s.failed + excluded.failed,
         retried = s.retried + excluded.retried,
         latencies = ARRAY(SELECT coalesce(a, 0) + coalesce(b, 0)
           FROM unnest(s.latencies, excluded.latencies) WITH ORDINALITY AS c(a, b, n) ORDER BY n)`,
      [
        totals.map(({ subject }) => subject),
        totals.map(({ bucket }) => bucket),
        totals.map(({ delivered }) => delivered),
        totals.map(({ failed }) => failed),
        totals.map(({ retried }) => retried),
        totals.map(({ latencies }) => `{${latencies.join(',')}}`),
      ],
    );
  }
}
