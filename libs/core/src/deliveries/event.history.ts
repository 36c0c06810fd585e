import { DELIVERY_STATUSES, isId, type DeliveryStatus } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { InvalidInputError, NotFoundError } from '../integration.error.js';
import { cursorOfId, idOfCursor } from '../paging/id-cursor.js';
import type { Page } from '../paging/page.js';
import { pageLimit } from '../paging/page-limit.js';
import { fewTenants } from '../persistence/few-tenants.js';
import { idRangeOf } from '../persistence/id-search.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { uuidFloor } from '../persistence/partitions.js';
import { schemaOf } from '../persistence/schema-name.js';
import { SqlParameters } from '../persistence/sql-parameters.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import { LEASED, LIVE } from './delivery.columns.js';
import { DeliveryFinder } from './delivery.finder.js';
import { timeOfId } from './delivery.rows.js';
import type {
  DeliveryCounts,
  ListEvents,
  StoredEvent,
  StoredEventDetails,
} from './event.history.types.js';

const FAN_OUT_SHOWN = 200;

interface EventRow {
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly occurred_at: Date;
  readonly payload_removed_at: Date | null;
}

interface EventDetailsRow extends EventRow {
  readonly idempotency_key: string | null;
  readonly payload: string | null;
}

interface CountRow {
  readonly event_id: string;
  readonly status: DeliveryStatus;
  readonly count: number;
}

/** What admins read of the events that were accepted. */
@Injectable()
export class EventHistory {
  private readonly events: string;
  private readonly deliveries: string;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly finder: DeliveryFinder,
  ) {
    const schema = schemaOf(dataSource);
    this.events = `${schema}.integration_events`;
    this.deliveries = `${schema}.deliveries`;
  }

  /** Newest first, by keyset. @throws InvalidInputError */
  async list(query: ListEvents, scope: TenantScope): Promise<Page<StoredEvent>> {
    const limit = pageLimit(query.limit);
    const parameters = new SqlParameters();
    const conditions = conditionsOf(query, scope, parameters);
    const newest = (more: readonly string[]) => {
      const all = [...conditions, ...more];
      return `SELECT e.id, e.tenant, e.type, e.occurred_at, e.payload_removed_at
        FROM ${this.events} e ${all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`}
        ORDER BY e.id DESC LIMIT ${limit + 1}`;
    };
    // The index of types begins with the tenant.
    const tenants =
      query.type && !query.search && scope === 'all'
        ? await fewTenants(this.dataSource, this.events)
        : null;
    const rows: EventRow[] = await this.dataSource.query(
      tenants
        ? `SELECT e.* FROM unnest(${parameters.add(tenants)}::text[]) AS one(tenant)
           CROSS JOIN LATERAL (${newest(['e.tenant = one.tenant'])}) e
           ORDER BY e.id DESC LIMIT ${limit + 1}`
        : newest([]),
      parameters.values,
    );
    const page = rows.slice(0, limit);
    const counts = await this.countsOf(page.map(({ id }) => id));
    const last = page.at(-1);
    return {
      items: page.map((row) => toEvent(row, counts)),
      nextCursor: rows.length > limit && last ? cursorOfId(last.id) : null,
    };
  }

  /** With its payload and deliveries. @throws NotFoundError */
  async get(id: string, scope: TenantScope): Promise<StoredEventDetails> {
    const [row]: EventDetailsRow[] = isId(id)
      ? await this.dataSource.query(
          `SELECT id, tenant, type, occurred_at, payload_removed_at, idempotency_key,
             payload::text AS payload
           FROM ${this.events} WHERE id = $1 AND ($2::text IS NULL OR tenant = $2)`,
          [id, scope === 'all' ? null : scope.tenant],
        )
      : [];
    if (!row) throw new NotFoundError('event', id);
    const [counts, fanOut] = await Promise.all([
      this.countsOf([id]),
      this.finder.list({ eventId: id, limit: FAN_OUT_SHOWN }, scope),
    ]);
    return {
      ...toEvent(row, counts),
      idempotencyKey: row.idempotency_key,
      payloadJson: row.payload,
      fanOut: fanOut.items,
    };
  }

  private async countsOf(ids: readonly string[]): Promise<Map<string, CountRow[]>> {
    const rows: CountRow[] =
      ids.length === 0
        ? []
        : await this.dataSource.query(
            `SELECT d.event_id, count(*)::int AS count,
               CASE WHEN ${LIVE} AND ${LEASED} THEN 'attempting' ELSE d.state END AS status
             FROM unnest($1::uuid[]) AS asked(id)
             CROSS JOIN LATERAL (
               SELECT event_id, state, lease_until FROM ${this.deliveries} WHERE event_id = asked.id) d
             GROUP BY d.event_id, status`,
            [ids],
          );
    const counts = new Map(ids.map((id): [string, CountRow[]] => [id, []]));
    for (const row of rows) counts.get(row.event_id)?.push(row);
    return counts;
  }
}

function conditionsOf(
  { type, from, to, search, cursor }: ListEvents,
  scope: TenantScope,
  parameters: SqlParameters,
): string[] {
  const conditions: string[] = [];
  const add = (condition: string, value: unknown) =>
    conditions.push(`${condition} ${parameters.add(value)}`);
  if (scope !== 'all') add('e.tenant =', scope.tenant);
  if (type) add('e.type =', type);
  if (from) add('e.id >=', uuidFloor(from.getTime()));
  if (to) add('e.id <', uuidFloor(to.getTime()));
  if (cursor !== undefined) add('e.id <', idOfCursor(cursor));
  if (search !== undefined) {
    const range = idRangeOf(search.trim());
    if (!range) {
      const message = 'must be the id of an event, or how one begins';
      throw new InvalidInputError([{ field: 'search', message }]);
    }
    add('e.id >=', range.from);
    add('e.id <=', range.to);
  }
  return conditions;
}

function toEvent(row: EventRow, counts: ReadonlyMap<string, readonly CountRow[]>): StoredEvent {
  return {
    id: row.id,
    tenant: row.tenant || null,
    type: row.type,
    occurredAt: row.occurred_at,
    acceptedAt: timeOfId(row.id),
    payloadRemovedAt: row.payload_removed_at,
    deliveries: toCounts(counts.get(row.id) ?? []),
  };
}

function toCounts(rows: readonly CountRow[]): DeliveryCounts {
  const counts: Record<DeliveryStatus, number> = {
    pending: 0,
    attempting: 0,
    retrying: 0,
    delivered: 0,
    failed: 0,
    cancelled: 0,
  };
  for (const status of DELIVERY_STATUSES) {
    counts[status] = rows.find((row) => row.status === status)?.count ?? 0;
  }
  return counts;
}
