import { isId } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFoundError } from '../../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../../persistence/integration-data-source.token.js';
import { schemaOf } from '../../persistence/schema-name.js';
import type { TenantScope } from '../../subscriptions/subscription.types.js';

/** How a subscription fares. Written a second late at most. */
export interface SubscriptionHealthReport {
  readonly status: 'healthy' | 'failing' | 'disabled';
  /** No attempt has succeeded since. */
  readonly failingSince: Date | null;
  /** Failed attempts since. */
  readonly failures: number;
  readonly lastFailureAt: Date | null;
  readonly lastFailure: string | null;
  /** The success that ended its last failing. */
  readonly recoveredAt: Date | null;
  /** From when on it may have missed events: since it began to fail, or was disabled. */
  readonly missedSince: Date | null;
  /** From when on events may have been accepted without a delivery for it. */
  readonly unroutedSince: Date | null;
}

interface HealthRow {
  readonly enabled: boolean;
  readonly created_at: Date;
  readonly failing_since: Date | null;
  readonly failures: number | null;
  readonly last_failure_at: Date | null;
  readonly last_failure: string | null;
  readonly recovered_at: Date | null;
  readonly missed_since: Date | null;
  readonly unrouted_since: Date | null;
}

@Injectable()
export class HealthReader {
  private readonly schema: string;

  constructor(@Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource) {
    this.schema = schemaOf(dataSource);
  }

  /** @throws NotFoundError */
  async get(subscriptionId: string, scope: TenantScope): Promise<SubscriptionHealthReport> {
    const [row]: HealthRow[] = isId(subscriptionId)
      ? await this.dataSource.query(
          `SELECT s.enabled, s.created_at, h.failing_since, h.failures, h.last_failure_at, h.last_failure,
             h.recovered_at,
             CASE WHEN s.enabled THEN coalesce(h.missed_since, h.failing_since - interval '1 minute')
               ELSE least(h.failing_since, s.disabled_at) - interval '1 minute' END AS missed_since,
             CASE WHEN s.enabled THEN h.unrouted_since
               ELSE s.disabled_at - interval '1 minute' END AS unrouted_since
           FROM ${this.schema}.integration_subscriptions s
           LEFT JOIN ${this.schema}.integration_subscription_health h ON h.subscription_id = s.id
           WHERE s.id = $1 AND ($2::text IS NULL OR s.tenant = $2)`,
          [subscriptionId, scope === 'all' ? null : scope.tenant],
        )
      : [];
    if (!row) throw new NotFoundError('subscription', subscriptionId);
    return {
      status: row.enabled ? (row.failing_since ? 'failing' : 'healthy') : 'disabled',
      failingSince: row.failing_since,
      failures: row.failures ?? 0,
      lastFailureAt: row.last_failure_at,
      lastFailure: row.last_failure,
      recoveredAt: row.recovered_at,
      missedSince: row.missed_since && later(row.missed_since, row.created_at),
      unroutedSince: row.unrouted_since && later(row.unrouted_since, row.created_at),
    };
  }
}

/** What happened before a subscription was there it did not miss. */
function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}
