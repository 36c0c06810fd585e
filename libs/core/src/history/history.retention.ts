import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ClientBase } from 'pg';
import { removeAuditEntries } from '../audit/audit.removal.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { uuidFloor } from '../persistence/partitions.js';
import { BATCH, inBatches, type Signal } from './batches.js';
import { removeExpiredRows, type ExpiredRows, type RemovedRows } from './expired.rows.js';
import { dropExpiredWeeks } from './expired.weeks.js';
import { HistoryConnection } from './history.connection.js';
import type { HistoryOptions } from './history-options.js';
import { noteRetentionRun } from './retention.run.js';
import { runPass } from './shorter.lives.js';

const DAY_MS = 24 * 60 * 60 * 1_000;
const FIRST_ID = uuidFloor(0);

/** What one run removed. */
export interface RemovedHistory extends RemovedRows {
  readonly partitions: readonly string[];
  /** Partitions that were in use at every try: the next run tries again. */
  readonly postponed: readonly string[];
  readonly payloads: number;
  readonly bodies: number;
  readonly idempotencyKeys: number;
  readonly threads: number;
  readonly statistics: number;
  readonly auditEntries: number;
}

/** Removes what is over its time: whole weeks where it can, small batches where it must. */
@Injectable()
export class HistoryRetention {
  private readonly logger = new Logger('IntegrationHistory');
  private readonly schema: string;
  private readonly keep: HistoryOptions;

  constructor(
    @Inject(RESOLVED_OPTIONS) { database, history }: ResolvedIntegrationOptions,
    private readonly connection: HistoryConnection,
  ) {
    this.schema = database.schema;
    this.keep = history;
  }

  /** Null: another process is at it. What `signal` cuts short, the next run goes on with. */
  async run(
    now: Date = new Date(),
    signal: Signal = { aborted: false },
  ): Promise<RemovedHistory | null> {
    const startedAt = performance.now();
    const removed = await this.connection.alone('retention', async (client) => {
      const done = { startedAt: new Date(), removed: await this.remove(client, { now, signal }) };
      await noteRetentionRun(client, this.schema, { ...done, finishedAt: new Date() });
      return done.removed;
    });
    if (removed && isSomething(removed)) {
      const tookMs = Math.round(performance.now() - startedAt);
      this.logger.log({ event: 'history.removed', ...removed, tookMs });
    }
    return removed;
  }

  private async remove(
    client: ClientBase,
    { now, signal }: { now: Date; signal: Signal },
  ): Promise<RemovedHistory> {
    const { schema, keep } = this;
    const ago = (days: number) => new Date(now.getTime() - days * DAY_MS);
    const before = ago(keep.keepDays);
    const weeks = await dropExpiredWeeks(client, { schema, before }, signal);
    const rows: RemovedRows = { deliveries: 0, events: 0 };
    const left: Pick<ExpiredRows, 'of' | 'range'>[] = [
      ...weeks.kept.map((range) => ({ of: 'tables' as const, range })),
      { of: 'default partitions', range: { from: FIRST_ID, to: uuidFloor(before.getTime()) } },
    ];
    for (const part of left) {
      const { deliveries, events } = await removeExpiredRows(client, { schema, ...part }, signal);
      rows.deliveries += deliveries;
      rows.events += events;
    }
    return {
      ...rows,
      partitions: weeks.dropped,
      postponed: weeks.busy,
      payloads: await this.shorten(client, { task: 'payloads', now, signal }),
      bodies: await this.shorten(client, { task: 'bodies', now, signal }),
      idempotencyKeys: await inBatches(
        client,
        {
          text: `DELETE FROM ${schema}.integration_idempotency_keys WHERE (tenant, key) IN (
              SELECT tenant, key FROM ${schema}.integration_idempotency_keys
              WHERE created_at < $1 ORDER BY created_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
          values: [ago(keep.keepIdempotencyKeysDays)],
        },
        signal,
      ),
      threads: await inBatches(
        client,
        {
          text: `DELETE FROM ${schema}.integration_threads WHERE (subscription_id, digest) IN (
              SELECT subscription_id, digest FROM ${schema}.integration_threads
              WHERE used_at < $1 ORDER BY used_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
          values: [ago(keep.keepThreadsDays)],
        },
        signal,
      ),
      statistics: await inBatches(
        client,
        {
          text: `DELETE FROM ${schema}.integration_statistics WHERE (subject, bucket) IN (
              SELECT subject, bucket FROM ${schema}.integration_statistics
              WHERE bucket < $1 ORDER BY bucket LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
          values: [ago(keep.keepDays)],
        },
        signal,
      ),
      auditEntries: await removeAuditEntries(
        client,
        { schema, before: ago(keep.keepAuditDays) },
        signal,
      ),
    };
  }

  private async shorten(
    client: ClientBase,
    { task, now, signal }: { task: 'payloads' | 'bodies'; now: Date; signal: Signal },
  ): Promise<number> {
    const { keepDays, keepPayloadDays = keepDays, keepBodiesDays = keepDays } = this.keep;
    const days = task === 'payloads' ? keepPayloadDays : keepBodiesDays;
    if (days >= keepDays) return 0;
    const before = new Date(now.getTime() - days * DAY_MS);
    return runPass(client, { task, schema: this.schema, now, before }, signal);
  }
}

function isSomething({ partitions, postponed, ...counts }: RemovedHistory): boolean {
  return partitions.length + postponed.length > 0 || Object.values(counts).some((n) => n > 0);
}
