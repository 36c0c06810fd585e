import { isId, newId } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { InvalidInputError } from '../../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../../persistence/integration-data-source.token.js';
import { schemaOf } from '../../persistence/schema-name.js';
import type { Page, TenantScope } from '../../subscriptions/subscription.types.js';
import { countInTime } from './count-in-time.js';
import { BEFORE_ALL, toReplay, type ReplayRow } from './replay.rows.js';
import { DeliveryConditions, type ChosenDeliveries } from './replay.selection.js';
import type { ListReplays, Replay, ReplayState } from './replay.types.js';

export interface NewReplay extends Omit<ChosenDeliveries, 'endedBefore'> {
  readonly perSecond: number;
  readonly total: number | null;
  /** Where missed events are looked for; null: they are not. */
  readonly eventsFrom: Date | null;
}

/** Where a job stands after a batch. */
export interface ReplayProgress {
  readonly done: number;
  readonly phase: ReplayRow['phase'];
  readonly cursorType: string | null;
  readonly cursor: string | null;
  readonly isFinished: boolean;
  readonly note: string | null;
}

const DEFAULT_LIMIT = 50;

/** Replay jobs in the database. One process runs a job at a time, by a lease that it renews. */
@Injectable()
export class ReplayStore {
  private readonly schema: string;
  private readonly table: string;

  constructor(@Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource) {
    this.schema = schemaOf(dataSource);
    this.table = `${this.schema}.integration_replays`;
  }

  async insert(job: NewReplay): Promise<Replay> {
    const [row]: ReplayRow[] = await this.dataSource.query(
      `INSERT INTO ${this.table} (id, kind, tenant, subscription_id, event_type, status,
         accepted_from, accepted_to, events_from, per_second, total, delivery_ids)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING *`,
      [
        newId(),
        job.kind,
        job.tenant,
        job.subscriptionId,
        job.eventType,
        job.status,
        job.from,
        job.deliveryIds === null ? job.to : BEFORE_ALL,
        job.eventsFrom,
        job.perSecond,
        job.total,
        job.deliveryIds,
      ],
    );
    if (!row) throw new Error('the replay was not written');
    return toReplay(row);
  }

  /** How many deliveries fit. Null: too many to count in time. */
  async count(chosen: ChosenDeliveries): Promise<number | null> {
    const conditions = new DeliveryConditions(chosen, this.schema);
    return countInTime(
      this.dataSource,
      `SELECT count(*)::int AS count FROM ${this.schema}.deliveries d WHERE ${conditions}`,
      conditions.values,
    );
  }

  async find(id: string, scope: TenantScope): Promise<Replay | null> {
    if (!isId(id)) return null;
    const [row]: ReplayRow[] = await this.dataSource.query(
      `SELECT * FROM ${this.table} WHERE id = $1 AND ($2::text IS NULL OR tenant = $2)`,
      [id, tenantOf(scope)],
    );
    return row ? toReplay(row) : null;
  }

  /** Newest first. @throws InvalidInputError where the cursor is wrong */
  async page(query: ListReplays, scope: TenantScope): Promise<Page<Replay>> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const after = query.cursor === undefined ? null : idOfCursor(query.cursor);
    const rows: ReplayRow[] = await this.dataSource.query(
      `SELECT * FROM ${this.table}
       WHERE ($1::text IS NULL OR tenant = $1) AND ($2::uuid IS NULL OR subscription_id = $2)
         AND ($3::text IS NULL OR state = $3) AND ($4::uuid IS NULL OR id < $4)
       ORDER BY id DESC LIMIT $5`,
      [tenantOf(scope), query.subscriptionId ?? null, query.state ?? null, after, limit + 1],
    );
    const items = rows.slice(0, limit).map(toReplay);
    const last = items.at(-1);
    return {
      items,
      nextCursor: rows.length > limit && last ? Buffer.from(last.id).toString('base64url') : null,
    };
  }

  /** False: it was in none of these states. A batch under way is committed before. */
  async move(id: string, from: readonly ReplayState[], to: ReplayState): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.dataSource.query(
      `UPDATE ${this.table} SET state = $3, lease_until = NULL, runner = NULL,
         finished_at = CASE WHEN $3 = 'cancelled' THEN now() END
       WHERE id = $1 AND state = ANY($2::text[]) RETURNING id`,
      [id, from, to],
    );
    return rows.length > 0;
  }

  /** Takes a running job that nobody runs. */
  async claim(leaseMs: number): Promise<ReplayRow | null> {
    const [rows]: [ReplayRow[], number] = await this.dataSource.query(
      `UPDATE ${this.table} SET runner = $1, lease_until = now() + $2 * interval '1 millisecond'
       WHERE id = (
         SELECT id FROM ${this.table}
         WHERE state = 'running' AND (lease_until IS NULL OR lease_until <= now())
         ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING *`,
      [newId(), leaseMs],
    );
    return rows[0] ?? null;
  }

  /** False: another process runs it, or it was stopped. */
  async renew({ id, runner }: ReplayRow, leaseMs: number): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.dataSource.query(
      `UPDATE ${this.table} SET lease_until = now() + $3 * interval '1 millisecond'
       WHERE id = $1 AND runner = $2 AND state = 'running' RETURNING id`,
      [id, runner, leaseMs],
    );
    return rows.length > 0;
  }

  /** Gives the job back: another process may run it at once. */
  async release({ id, runner }: ReplayRow): Promise<void> {
    await this.dataSource.query(
      `UPDATE ${this.table} SET lease_until = NULL, runner = NULL WHERE id = $1 AND runner = $2`,
      [id, runner],
    );
  }

  /**
   * Does a batch and moves the job on in one transaction: neither without the other, whatever dies.
   * Null: the job is no longer this runner's, and nothing was done.
   */
  async advance(
    job: ReplayRow,
    batch: (manager: EntityManager) => Promise<ReplayProgress>,
  ): Promise<ReplayRow | null> {
    return this.dataSource.transaction(async (manager) => {
      const held: unknown[] = await manager.query(
        `SELECT id FROM ${this.table} WHERE id = $1 AND runner = $2 AND state = 'running' FOR UPDATE`,
        [job.id, job.runner],
      );
      if (held.length === 0) return null;
      const progress = await batch(manager);
      const [rows]: [ReplayRow[], number] = await manager.query(
        `UPDATE ${this.table} SET done = done + $2, phase = $3, cursor_type = $4, cursor = $5,
           state = CASE WHEN $6 THEN 'completed' ELSE state END, note = $7,
           finished_at = CASE WHEN $6 THEN now() END
         WHERE id = $1 RETURNING *`,
        [
          job.id,
          progress.done,
          progress.phase,
          progress.cursorType,
          progress.cursor,
          progress.isFinished,
          progress.note,
        ],
      );
      return rows[0] ?? null;
    });
  }
}

function tenantOf(scope: TenantScope): string | null {
  return scope === 'all' ? null : scope.tenant;
}

function idOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!isId(id)) {
    throw new InvalidInputError([
      { field: 'cursor', message: 'is not a cursor that an earlier page gave' },
    ]);
  }
  return id;
}
