import { CIRCUIT_STATES, isId, patternsMatching } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import { Brackets, DataSource, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { InvalidInputError } from '../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import { subjectOfSubscription } from '../statistics/statistics-subject.js';
import { SubscriptionAuditor } from './subscription.auditor.js';
import { SubscriptionEntity } from './subscription.entity.js';
import type { StoppedSubscription } from './subscription-stopped.js';
import type { SubscriptionCondition } from './subscription.view.js';
import type { ListSubscriptions, SubscriptionState, TenantScope } from './subscription.types.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Columns that a list may be sorted by; ties are broken by id. */
const SORTS = { name: 's.name', createdAt: 's.created_at', updatedAt: 's.updated_at' } as const;

/** Changes a row that is locked, and may write more in the same transaction. */
export type ChangeSubscription = (
  row: SubscriptionEntity,
  manager: EntityManager,
) => void | 'leave' | Promise<void | 'leave'>;

export interface SubscriptionPage {
  readonly rows: readonly SubscriptionEntity[];
  readonly total: number;
  readonly nextCursor: string | null;
}

/** Subscriptions in the database. Each write moves the tenant's number of changes, for matching. */
@Injectable()
export class SubscriptionStore {
  private readonly schema: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly auditor: SubscriptionAuditor,
  ) {
    this.schema = schemaOf(dataSource);
  }

  async find(id: string, scope: TenantScope): Promise<SubscriptionEntity | null> {
    return this.dataSource
      .getRepository(SubscriptionEntity)
      .findOneBy(scope === 'all' ? { id } : { id, tenant: scope.tenant });
  }

  async insert(row: SubscriptionEntity): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.save(row);
      await this.noteChange(manager, row.tenant);
      await this.auditor.record({ before: null, after: row }, manager);
    });
  }

  /**
   * Changes one row under its lock, so that two changes at once do not undo each other.
   * Null: it is not there (any more), or not in scope, or `change` answered `'leave'`.
   */
  async change(
    id: string,
    scope: TenantScope,
    change: ChangeSubscription,
  ): Promise<SubscriptionEntity | null> {
    return this.dataSource.transaction(async (manager) => {
      const row = await manager.findOne(SubscriptionEntity, {
        where: scope === 'all' ? { id } : { id, tenant: scope.tenant },
        lock: { mode: 'pessimistic_write' },
      });
      if (!row) return null;
      const before = structuredClone(row);
      if ((await change(row, manager)) === 'leave') return null;
      row.revision += 1;
      row.updatedAt = new Date();
      await manager.save(row);
      await this.noteChange(manager, row.tenant);
      if (row.enabled && !before.enabled) await this.startAfresh(manager, id, before.disabledAt);
      await this.auditor.record({ before, after: row }, manager);
      return row;
    });
  }

  /** Null: it was not there, or not in scope. */
  async remove(id: string, scope: TenantScope): Promise<StoppedSubscription | null> {
    return this.dataSource.transaction(async (manager) => {
      const row = await manager.findOneBy(
        SubscriptionEntity,
        scope === 'all' ? { id } : { id, tenant: scope.tenant },
      );
      if (!row) return null;
      const { affected } = await manager.delete(SubscriptionEntity, { id });
      await manager.query(`DELETE FROM ${this.schema}.integration_statistics WHERE subject = $1`, [
        subjectOfSubscription(id),
      ]);
      for (const table of ['subscription_health', 'threads']) {
        await manager.query(
          `DELETE FROM ${this.schema}.integration_${table} WHERE subscription_id = $1`,
          [id],
        );
      }
      await this.noteChange(manager, row.tenant);
      if (affected !== 1) return null;
      await this.auditor.record({ before: row, after: null }, manager);
      return { id, tenant: row.tenant };
    });
  }

  /** Of those that have one worth telling: a circuit that is not closed, failures. */
  async conditionsOf(ids: readonly string[]): Promise<Map<string, SubscriptionCondition>> {
    const rows: { id: string; circuit: string | null; failing_since: Date | null }[] =
      await this.dataSource.query(
        `SELECT asked.id, g.circuit, h.failing_since FROM unnest($1::uuid[]) AS asked(id)
         LEFT JOIN ${this.schema}.integration_subscription_gates g ON g.subscription_id = asked.id
         LEFT JOIN ${this.schema}.integration_subscription_health h ON h.subscription_id = asked.id`,
        [ids],
      );
    return new Map(
      rows.map((row) => [
        row.id,
        {
          circuit: CIRCUIT_STATES.find((known) => known === row.circuit) ?? 'closed',
          failingSince: row.failing_since,
        },
      ]),
    );
  }

  /** @throws InvalidInputError where the cursor or the limit is wrong */
  async page(query: ListSubscriptions, scope: TenantScope): Promise<SubscriptionPage> {
    const limit = checkedLimit(query.limit);
    refuseNul(query);
    const sort = query.sort ?? 'createdAt';
    const order = query.order ?? (sort === 'name' ? 'asc' : 'desc');
    const filtered = this.filtered(query, scope);
    const total = await filtered.getCount();
    const direction = order === 'asc' ? 'ASC' : 'DESC';
    // As text with all six digits of its seconds: a Date would lose three and skip rows.
    const value =
      sort === 'name'
        ? 's.name::text'
        : `(extract(epoch FROM ${SORTS[sort]}) * 1000000)::bigint::text`;
    const paged = filtered
      .addSelect(value, 'sort_value')
      .orderBy(SORTS[sort], direction)
      .addOrderBy('s.id', direction)
      .limit(limit + 1);
    if (query.cursor !== undefined) {
      const after = readCursor(query.cursor, sort);
      const at =
        sort === 'name' ? ':after' : `to_timestamp(0) + :after::bigint * interval '1 microsecond'`;
      const comparison = order === 'asc' ? '>' : '<';
      paged.andWhere(`(${SORTS[sort]}, s.id) ${comparison} (${at}, :afterId)`, {
        after: after.value,
        afterId: after.id,
      });
    }
    const { entities, raw } = await paged.getRawAndEntities<{ sort_value: string }>();
    const rows = entities.slice(0, limit);
    const last = rows.at(-1);
    const lastValue = raw[rows.length - 1]?.sort_value;
    return {
      rows,
      total,
      nextCursor:
        entities.length > limit && last && lastValue !== undefined
          ? writeCursor({ sort, value: lastValue, id: last.id })
          : null,
    };
  }

  private filtered(
    {
      search,
      eventType,
      provider,
      connectionId,
      enabled,
      state,
      hasConfigProblem,
    }: ListSubscriptions,
    scope: TenantScope,
  ): SelectQueryBuilder<SubscriptionEntity> {
    const query = this.dataSource.getRepository(SubscriptionEntity).createQueryBuilder('s');
    if (scope !== 'all') query.andWhere('s.tenant = :tenant', { tenant: scope.tenant });
    if (provider !== undefined) query.andWhere('s.provider = :provider', { provider });
    if (connectionId !== undefined) {
      query.andWhere('s.connection_id = :connectionId', { connectionId: idGiven(connectionId) });
    }
    if (enabled !== undefined) query.andWhere('s.enabled = :enabled', { enabled });
    if (state !== undefined) query.andWhere(this.stateIs(state));
    if (hasConfigProblem !== undefined) {
      const has = `(s.config_problem IS NOT NULL OR EXISTS (
        SELECT FROM ${this.schema}.integration_connections c
        WHERE c.id = s.connection_id AND c.config_problem IS NOT NULL))`;
      query.andWhere(hasConfigProblem ? has : `NOT ${has}`);
    }
    if (eventType !== undefined) {
      query.andWhere('s.event_types && :patterns::text[]', {
        patterns: patternsMatching(eventType),
      });
    }
    if (search) {
      const like = `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`;
      query.andWhere(
        new Brackets((either) =>
          either
            .where('s.name ILIKE :like', { like })
            .orWhere('s.description ILIKE :like', { like }),
        ),
      );
    }
    return query;
  }

  private stateIs(state: SubscriptionState): string {
    // Sets that are read once: asked of each subscription, they would be read as often as there are any.
    const circuitIsOpen = `s.id IN (SELECT g.subscription_id
      FROM ${this.schema}.integration_subscription_gates g WHERE g.circuit <> 'closed')`;
    const isFailing = `s.id IN (SELECT h.subscription_id
      FROM ${this.schema}.integration_subscription_health h WHERE h.failing_since IS NOT NULL)`;
    return {
      disabled: 'NOT s.enabled',
      'circuit-open': `s.enabled AND ${circuitIsOpen}`,
      failing: `s.enabled AND NOT ${circuitIsOpen} AND ${isFailing}`,
      healthy: `s.enabled AND NOT ${circuitIsOpen} AND NOT ${isFailing}`,
    }[state];
  }

  /**
   * Enabled again, its failures no longer count against it. From when on it missed deliveries, and
   * from when on events had none for it, is kept: a little early, since the clocks of this process
   * and of Postgres may differ.
   */
  private async startAfresh(
    manager: EntityManager,
    id: string,
    disabledAt: Date | null,
  ): Promise<void> {
    await manager.query(
      `INSERT INTO ${this.schema}.integration_subscription_health AS h (subscription_id, missed_since, unrouted_since)
       SELECT $1, t, t FROM (SELECT $2::timestamptz - interval '1 minute' AS t) disabled
       ON CONFLICT (subscription_id) DO UPDATE SET failing_since = NULL, failures = 0,
         missed_since = least(h.failing_since - interval '1 minute', excluded.missed_since),
         unrouted_since = excluded.unrouted_since`,
      [id, disabledAt],
    );
  }

  private async noteChange(manager: EntityManager, tenant: string): Promise<void> {
    await manager.query(
      `INSERT INTO ${this.schema}.integration_subscription_changes AS c (tenant, revision)
       VALUES ($1, 1) ON CONFLICT (tenant) DO UPDATE SET revision = c.revision + 1`,
      [tenant],
    );
  }
}

function idGiven(id: string): string {
  if (isId(id)) return id;
  throw new InvalidInputError([{ field: 'connectionId', message: 'must be an id (a UUID)' }]);
}

/** Postgres has no text with a NUL in it. */
function refuseNul({ search, eventType, provider }: ListSubscriptions): void {
  const problems = Object.entries({ search, eventType, provider })
    .filter(([, value]) => value?.includes('\0'))
    .map(([field]) => ({ field, message: 'must not contain a NUL character' }));
  if (problems.length > 0) throw new InvalidInputError(problems);
}

interface Cursor {
  readonly sort: keyof typeof SORTS;
  readonly value: string;
  readonly id: string;
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function readCursor(text: string, sort: keyof typeof SORTS): Cursor {
  try {
    const cursor: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (isCursor(cursor) && cursor.sort === sort) return cursor;
  } catch {
    // Not ours: answered below.
  }
  throw new InvalidInputError([
    { field: 'cursor', message: 'is not a cursor that an earlier page with this sort gave' },
  ]);
}

function isCursor(value: unknown): value is Cursor {
  if (typeof value !== 'object' || value === null) return false;
  if (!('sort' in value && 'value' in value && 'id' in value)) return false;
  if (typeof value.value !== 'string' || !isId(value.id)) return false;
  return value.sort === 'name' ? !value.value.includes('\0') : /^\d{1,17}$/.test(value.value);
}

function checkedLimit(limit: number = DEFAULT_LIMIT): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new InvalidInputError([
      { field: 'limit', message: `must be a whole number from 1 to ${MAX_LIMIT}` },
    ]);
  }
  return limit;
}
