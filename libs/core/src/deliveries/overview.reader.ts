import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import { StatisticsReader } from '../statistics/statistics.reader.js';
import type { Statistics } from '../statistics/statistics.types.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import { LEASED } from './delivery.columns.js';
import { DeliveryFinder } from './delivery.finder.js';
import type { Delivery } from './delivery.types.js';

/** More of a kind are not counted. */
export const MOST_COUNTED = 10_000;
const SHOWN = 10;

/** What waits now, each at most `MOST_COUNTED`. */
export interface QueueLoad {
  /** Due, and held by nobody. */
  readonly due: number;
  /** Age of the oldest of these. */
  readonly lagMs: number;
  /** Waiting for their next attempt. */
  readonly retrying: number;
  /** Being attempted. */
  readonly leased: number;
}

export interface FailingSubscription {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly failingSince: Date;
  readonly failures: number;
  readonly lastFailure: string | null;
}

export interface Overview extends Statistics {
  readonly queue: QueueLoad;
  /** Those that fail the longest first, ten at most. */
  readonly failing: readonly FailingSubscription[];
  /** Newest first, ten at most. */
  readonly recentFailures: readonly Delivery[];
}

interface FailingRow {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly failing_since: Date;
  readonly failures: number;
  readonly last_failure: string | null;
}

interface LoadRow {
  readonly due: number;
  readonly lag_ms: number | null;
  readonly retrying: number;
  readonly leased: number;
}

/** How it all fares, at a glance. Each part is read from few rows, however long the history is. */
@Injectable()
export class OverviewReader {
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly statistics: StatisticsReader,
    private readonly finder: DeliveryFinder,
  ) {
    this.schema = schemaOf(dataSource);
  }

  /** @throws InvalidInputError */
  async read(hours: number | undefined, scope: TenantScope): Promise<Overview> {
    const [statistics, queue, failing, failures] = await Promise.all([
      this.statistics.overall(hours, scope),
      this.load(scope),
      this.failing(scope),
      this.finder.list({ status: 'failed', limit: SHOWN }, scope),
    ]);
    return { ...statistics, queue, failing, recentFailures: failures.items };
  }

  /** What waits of all, by the index of what is due; of a tenant, by that of what is not delivered. */
  async load(scope: TenantScope): Promise<QueueLoad> {
    const isOwn = scope !== 'all';
    const live = (condition: string) => `SELECT d.state, d.due_at, ${LEASED} AS leased
      FROM ${this.schema}.deliveries d WHERE ${condition} LIMIT ${MOST_COUNTED}`;
    const parts = isOwn
      ? [`d.tenant = $1 AND d.state = 'pending'`, `d.tenant = $1 AND d.state = 'retrying'`]
      : [`d.due_at <= now()`, `d.due_at > now()`];
    const [row]: LoadRow[] = await this.dataSource.query(
      `SELECT count(*) FILTER (WHERE due_at <= now() AND NOT leased)::int AS due,
         (extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now() AND NOT leased))
           * 1000)::float8 AS lag_ms,
         count(*) FILTER (WHERE state = 'retrying' AND due_at > now())::int AS retrying,
         count(*) FILTER (WHERE leased)::int AS leased
       FROM (${parts.map((part) => `(${live(part)})`).join(' UNION ALL ')}) AS live`,
      isOwn ? [scope.tenant] : [],
    );
    return {
      due: row?.due ?? 0,
      lagMs: Math.max(0, Math.round(row?.lag_ms ?? 0)),
      retrying: row?.retrying ?? 0,
      leased: row?.leased ?? 0,
    };
  }

  private async failing(scope: TenantScope): Promise<FailingSubscription[]> {
    const rows: FailingRow[] = await this.dataSource.query(
      `SELECT s.id, s.name, s.provider, h.failing_since, h.failures, h.last_failure
       FROM ${this.schema}.integration_subscription_health h
       JOIN ${this.schema}.integration_subscriptions s ON s.id = h.subscription_id
       WHERE h.failing_since IS NOT NULL AND s.enabled AND ($1::text IS NULL OR s.tenant = $1)
       ORDER BY h.failing_since LIMIT ${SHOWN}`,
      [scope === 'all' ? null : scope.tenant],
    );
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      provider: row.provider,
      failingSince: row.failing_since,
      failures: row.failures,
      lastFailure: row.last_failure,
    }));
  }
}
