import { DELIVERY_STATUSES, isId, type DeliveryStatus } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { InvalidInputError } from '../integration.error.js';
import { cursorOfId, idOfCursor } from '../paging/id-cursor.js';
import type { Page } from '../paging/page.js';
import { pageLimit } from '../paging/page-limit.js';
import { fewTenants } from '../persistence/few-tenants.js';
import { idRangeOf, lastWithPrefix } from '../persistence/id-search.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { uuidFloor } from '../persistence/partitions.js';
import { schemaOf } from '../persistence/schema-name.js';
import { SqlParameters } from '../persistence/sql-parameters.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import { deliveryColumns, LEASED, LIVE } from './delivery.columns.js';
import { toDelivery, type DeliveryRow } from './delivery.rows.js';
import type { Delivery, ListDeliveries } from './delivery.types.js';
import { EARLY_MS } from './lease.store.js';

/** A provider with more subscriptions than this is found by walking what is newest. */
const FEW_SUBSCRIPTIONS = 200;
/** More that begin with a text are not looked at. */
const MOST_EXTERNAL_IDS = 1_000;
const MAX_SEARCH = 200;

/** What must be one of several for each row; each value is answered from an index of its own. */
interface OneOf {
  readonly column: 'tenant' | 'subscription_id';
  readonly values: readonly string[];
}

/**
 * Lists of deliveries. What can be given in several ways (statuses, a search, the subscriptions of a
 * provider) is read as several lists, each the newest of an index, and these are merged: one condition
 * over all of them would be answered by walking history.
 */
@Injectable()
export class DeliveryFinder {
  private readonly schema: string;

  constructor(@Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource) {
    this.schema = schemaOf(dataSource);
  }

  /** Newest first, by keyset. @throws InvalidInputError */
  async list(query: ListDeliveries, scope: TenantScope): Promise<Page<Delivery>> {
    const limit = pageLimit(query.limit);
    const parameters = new SqlParameters();
    const always = fixedConditions(query, scope, parameters);
    const statuses = statusConditions(query.status);
    const matches = this.searchConditions(query.search, scope, parameters);
    const oneOf = await this.oneOf(query, scope);
    if (query.provider && oneOf?.column !== 'subscription_id') {
      always.push(`EXISTS (SELECT FROM ${this.schema}.integration_subscriptions s
        WHERE s.id = d.subscription_id AND s.provider = ${parameters.add(query.provider)})`);
    }
    const among = oneOf && {
      column: oneOf.column,
      parameter: parameters.add(oneOf.values),
    };
    const parts = statuses.flatMap((status) =>
      matches.map((match) => this.newest([...always, ...status, ...match], among, limit + 1)),
    );
    // One delivery may fit a search in two ways.
    const rows: DeliveryRow[] = await this.dataSource.query(
      `SELECT DISTINCT ON (id) * FROM (${parts.join(' UNION ALL ')}) AS found
       ORDER BY id DESC LIMIT ${limit + 1}`,
      parameters.values,
    );
    const items = rows.slice(0, limit).map(toDelivery);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last ? cursorOfId(last.id) : null };
  }

  private newest(
    conditions: readonly string[],
    among: { readonly column: OneOf['column']; readonly parameter: string } | null,
    limit: number,
  ): string {
    const all = among ? [...conditions, `d.${among.column} = one.value`] : conditions;
    const newest = `SELECT ${deliveryColumns(this.schema)} FROM ${this.schema}.deliveries d
      ${all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`} ORDER BY d.id DESC LIMIT ${limit}`;
    if (!among) return `(${newest})`;
    const type = among.column === 'tenant' ? 'text' : 'uuid';
    return `(SELECT d.* FROM unnest(${among.parameter}::${type}[]) AS one(value)
      CROSS JOIN LATERAL (${newest}) d ORDER BY d.id DESC LIMIT ${limit})`;
  }

  private async oneOf(query: ListDeliveries, scope: TenantScope): Promise<OneOf | null> {
    if (query.subscriptionId || query.eventId || query.search) return null;
    if (query.provider) {
      const values = await this.subscriptionsOf(query.provider, scope);
      if (values.length <= FEW_SUBSCRIPTIONS) return { column: 'subscription_id', values };
    }
    if (query.eventType && scope === 'all') {
      const values = await fewTenants(this.dataSource, `${this.schema}.deliveries`);
      if (values) return { column: 'tenant', values };
    }
    return null;
  }

  private async subscriptionsOf(provider: string, scope: TenantScope): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT id FROM ${this.schema}.integration_subscriptions
       WHERE provider = $1 AND ($2::text IS NULL OR tenant = $2) LIMIT ${FEW_SUBSCRIPTIONS + 1}`,
      [provider, scope === 'all' ? null : scope.tenant],
    );
    return rows.map(({ id }) => id);
  }

  /** The ways in which a delivery may fit, as conditions; without a search every one fits. */
  private searchConditions(
    search: string | undefined,
    scope: TenantScope,
    parameters: SqlParameters,
  ): string[][] {
    if (search === undefined) return [[]];
    const text = search.trim();
    if (text === '' || text.length > MAX_SEARCH || text.includes('\0')) {
      const message = `must be text of 1 to ${MAX_SEARCH} characters without NUL`;
      throw new InvalidInputError([{ field: 'search', message }]);
    }
    const range = idRangeOf(text);
    if (!range) return [[this.externalIdFits(text, scope, parameters)]];
    const between = `BETWEEN ${parameters.add(range.from)}::uuid AND ${parameters.add(range.to)}::uuid`;
    return [
      [`d.id ${between}`],
      // Of a shorter part of an event's id: its deliveries are of the same time, so theirs begin alike.
      ...(range.isNarrow ? [[`d.event_id ${between}`]] : []),
      ...(isId(text) ? [] : [[this.externalIdFits(text, scope, parameters)]]),
    ];
  }

  private externalIdFits(text: string, scope: TenantScope, parameters: SqlParameters): string {
    const [from, to] = [parameters.add(text), parameters.add(lastWithPrefix(text))];
    const externalId = 'x.external_id COLLATE "C"';
    const ofTenant = scope === 'all' ? '' : `AND x.tenant = ${parameters.add(scope.tenant)}`;
    return `d.id = ANY(ARRAY(SELECT x.id FROM ${this.schema}.deliveries x
      WHERE x.external_id IS NOT NULL AND ${externalId} BETWEEN ${from} AND ${to} ${ofTenant}
      ORDER BY ${externalId}, x.id DESC LIMIT ${MOST_EXTERNAL_IDS}))`;
  }
}

function fixedConditions(
  query: ListDeliveries,
  scope: TenantScope,
  parameters: SqlParameters,
): string[] {
  const conditions: string[] = [];
  const add = (condition: string, value: unknown) =>
    conditions.push(`${condition} ${parameters.add(value)}`);
  if (scope !== 'all') add('d.tenant =', scope.tenant);
  if (query.subscriptionId) add('d.subscription_id =', query.subscriptionId);
  if (query.eventId) add('d.event_id =', query.eventId);
  if (query.eventType) add('d.event_type =', query.eventType);
  if (query.from) add('d.id >=', uuidFloor(query.from.getTime()));
  if (query.to) add('d.id <', uuidFloor(query.to.getTime()));
  if (query.cursor !== undefined) add('d.id <', idOfCursor(query.cursor));
  return conditions;
}

/** One set of conditions for each status. The names stand in the text: partial indexes are of them. */
function statusConditions(status: ListDeliveries['status']): string[][] {
  if (status === undefined) return [[]];
  const statuses = new Set(typeof status === 'string' ? [status] : status);
  const isKnown = [...statuses].every((one) => DELIVERY_STATUSES.includes(one));
  if (statuses.size === 0 || !isKnown) {
    const message = `must be one or more of ${DELIVERY_STATUSES.join(', ')}`;
    throw new InvalidInputError([{ field: 'status', message }]);
  }
  return [...statuses].map(conditionsOf);
}

/**
 * `attempting` is a live delivery with a lease; the live states are shown without one. A lease is taken
 * of what is due: those that wait for their next attempt, however many they are, are not looked at.
 */
function conditionsOf(status: DeliveryStatus): string[] {
  if (status === 'attempting') {
    const isDue = `d.due_at <= now() + ${EARLY_MS} * interval '1 millisecond'`;
    return [LIVE, 'd.lease_until > now()', isDue];
  }
  const isLive = status === 'pending' || status === 'retrying';
  return [`d.state = '${status}'`, ...(isLive ? [`NOT ${LEASED}`] : [])];
}
