import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { OperationalSubscription } from '../../events/operational-events.js';
import { INTEGRATION_DATA_SOURCE } from '../../persistence/integration-data-source.token.js';
import { schemaOf } from '../../persistence/schema-name.js';
import type { Tally } from './health-tally.js';

/** A subscription that fails, or whose recovery is still to be told. */
export interface Ailing {
  readonly subscription: OperationalSubscription;
  readonly enabled: boolean;
  readonly failingSince: Date | null;
  /** From the first failure to the last. */
  readonly failingForMs: number;
  readonly isAnnounced: boolean;
  readonly failures: number;
  readonly reason: string | null;
}

export interface Recovered {
  readonly subscription: OperationalSubscription;
  readonly failingSince: Date | null;
  readonly recoveredAt: Date;
  /** True: it had been announced as failing or disabled. */
  readonly wasAnnounced: boolean;
}

interface SubscriptionColumns {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly provider: string;
}

interface AilingRow extends SubscriptionColumns {
  readonly enabled: boolean;
  readonly failing_since: Date | null;
  readonly failing_for_ms: number | null;
  readonly is_announced: boolean | null;
  readonly failures: number;
  readonly last_failure: string | null;
}

interface RecoveredRow extends SubscriptionColumns {
  readonly failing_since: Date | null;
  readonly recovered_at: Date;
  readonly was_announced: boolean;
}

const MAX_REASON_LENGTH = 500;

const AILING = `s.id, s.name, s.tenant, s.provider, s.enabled, h.failing_since, h.failures,
  h.last_failure, h.announced_at >= h.failing_since AS is_announced,
  (extract(epoch FROM h.last_failure_at - h.failing_since) * 1000)::float8 AS failing_for_ms`;

/** How subscriptions fare, by Postgres's clock; all processes write to one row a subscription. */
@Injectable()
export class HealthStore {
  private readonly health: string;
  private readonly subscriptions: string;

  constructor(@Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource) {
    const schema = schemaOf(dataSource);
    this.health = `${schema}.integration_subscription_health`;
    this.subscriptions = `${schema}.integration_subscriptions`;
  }

  /** Every subscription whose successes are of interest. */
  async ailing(): Promise<Ailing[]> {
    const rows: AilingRow[] = await this.dataSource.query(
      `SELECT ${AILING} FROM ${this.health} h JOIN ${this.subscriptions} s ON s.id = h.subscription_id
       WHERE h.failing_since IS NOT NULL OR h.announced_at IS NOT NULL`,
    );
    return rows.map(toAiling);
  }

  /** Its row, locked until the transaction ends. Null: nothing is known against it. */
  async lock(manager: EntityManager, subscriptionId: string): Promise<Ailing | null> {
    const rows: AilingRow[] = await manager.query(
      `SELECT ${AILING} FROM ${this.health} h JOIN ${this.subscriptions} s ON s.id = h.subscription_id
       WHERE h.subscription_id = $1 FOR UPDATE OF h`,
      [subscriptionId],
    );
    return rows[0] ? toAiling(rows[0]) : null;
  }

  /** From now on its recovery is news. */
  async markAnnounced(manager: EntityManager, subscriptionId: string): Promise<void> {
    await manager.query(
      `INSERT INTO ${this.health} (subscription_id, announced_at) VALUES ($1, now())
       ON CONFLICT (subscription_id) DO UPDATE SET announced_at = now()`,
      [subscriptionId],
    );
  }

  /**
   * Adds failures. After a silence of `silenceMs` they begin a new span: what nobody called did not
   * fail. Late results of a disabled or deleted subscription count for nothing.
   */
  async addFailures(
    tallies: readonly Tally[],
    { now, silenceMs }: { now: number; silenceMs: number },
  ): Promise<void> {
    const isNewSpan = `h.failing_since IS NULL
      OR h.last_failure_at < now() - $5 * interval '1 millisecond'`;
    await this.dataSource.query(
      `INSERT INTO ${this.health} AS h
         (subscription_id, failing_since, failures, last_failure_at, last_failure)
       SELECT t.id, now() - t.age_ms * interval '1 millisecond', t.failures, now(), t.reason
       FROM unnest($1::uuid[], $2::int[], $3::float8[], $4::text[])
         AS t(id, failures, age_ms, reason)
       JOIN ${this.subscriptions} s ON s.id = t.id AND s.enabled
       ORDER BY t.id
       ON CONFLICT (subscription_id) DO UPDATE SET
         failing_since = CASE WHEN ${isNewSpan} THEN excluded.failing_since ELSE h.failing_since END,
         failures = CASE WHEN ${isNewSpan} THEN 0 ELSE h.failures END + excluded.failures,
         last_failure_at = excluded.last_failure_at, last_failure = excluded.last_failure`,
      [
        tallies.map((t) => t.subscriptionId),
        tallies.map((t) => t.failures),
        tallies.map((t) => Math.max(0, now - t.since)),
        tallies.map((t) => t.reason?.slice(0, MAX_REASON_LENGTH).replaceAll('\0', '') ?? null),
        silenceMs,
      ],
    );
  }

  /** Ends the failing of those that have succeeded. Returns those that had been failing. */
  async clear(manager: EntityManager, subscriptionIds: readonly string[]): Promise<Recovered[]> {
    const [rows]: [RecoveredRow[], number] = await manager.query(
      `WITH before AS (
         SELECT subscription_id, failing_since, announced_at IS NOT NULL AS was_announced
         FROM ${this.health}
         WHERE subscription_id = ANY($1::uuid[])
           AND (failing_since IS NOT NULL OR announced_at IS NOT NULL)
         ORDER BY subscription_id FOR UPDATE
       )
       UPDATE ${this.health} h
       SET failing_since = NULL, failures = 0, announced_at = NULL, recovered_at = now()
       FROM before JOIN ${this.subscriptions} s ON s.id = before.subscription_id AND s.enabled
       WHERE h.subscription_id = before.subscription_id
       RETURNING s.id, s.name, s.tenant, s.provider, before.failing_since, before.was_announced,
         h.recovered_at`,
      [subscriptionIds],
    );
    return rows.map((row) => ({
      subscription: toSubscription(row),
      failingSince: row.failing_since,
      recoveredAt: row.recovered_at,
      wasAnnounced: row.was_announced,
    }));
  }

  transaction<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.dataSource.transaction(work);
  }
}

function toAiling(row: AilingRow): Ailing {
  return {
    subscription: toSubscription(row),
    enabled: row.enabled,
    failingSince: row.failing_since,
    failingForMs: row.failing_for_ms ?? 0,
    isAnnounced: row.is_announced ?? false,
    failures: row.failures,
    reason: row.last_failure,
  };
}

function toSubscription({
  id,
  name,
  tenant,
  provider,
}: SubscriptionColumns): OperationalSubscription {
  return { id, name, tenant: tenant || null, provider };
}
