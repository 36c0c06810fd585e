import { patternMatches } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { EventTypeRegistry } from '../events/event-type.registry.js';
import { InvalidInputError } from '../integration.error.js';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_POOL } from '../persistence/integration-data-source.token.js';
import { compileFilter } from '../subscriptions/event-filter.js';
import { patchProblems } from '../subscriptions/subscription.input.js';
import type { TenantScope } from '../tenants/tenant-scope.js';

export interface FilterDraft {
  readonly eventTypes: readonly string[];
  /** `null`: every event of its types. */
  readonly filter: Readonly<Record<string, unknown>> | null;
  /** How many of the latest events to look at: 1 to 500. Default 100. */
  readonly last?: number;
  /** Only for who sees several tenants. */
  readonly tenant?: string;
}

export interface FilterPreview {
  readonly matched: number;
  /** Events of these types that were looked at. */
  readonly of: number;
  /** Newest first. */
  readonly examples: readonly {
    readonly eventId: string;
    readonly eventType: string;
    readonly occurredAt: Date;
    readonly matched: boolean;
  }[];
}

const DEFAULT_LAST = 100;
const MAX_LAST = 500;

/** Shows which of the latest events a filter lets through. */
@Injectable()
export class FilterPreviewer {
  private readonly events: string;

  constructor(
    @Inject(INTEGRATION_POOL) private readonly pool: Pool,
    @Inject(RESOLVED_OPTIONS) { database }: ResolvedIntegrationOptions,
    private readonly types: EventTypeRegistry,
  ) {
    this.events = `${database.schema}.integration_events`;
  }

  /** @throws InvalidInputError, as when it is saved */
  async preview(draft: FilterDraft, scope: TenantScope): Promise<FilterPreview> {
    const { eventTypes, filter, last = DEFAULT_LAST } = draft;
    const problems = patchProblems({ eventTypes, filter }, { eventTypes, filter }, this.types);
    if (!Number.isInteger(last) || last < 1 || last > MAX_LAST) {
      problems.push({ field: 'last', message: `must be a whole number from 1 to ${MAX_LAST}` });
    }
    if (problems.length > 0) throw new InvalidInputError(problems);
    const tenant = scope === 'all' ? (draft.tenant ?? '') : scope.tenant;
    const matches = filter === null ? () => true : compileFilter(filter);
    const rows = await this.latest({ eventTypes, last, tenant });
    const examples = rows.map(({ id, type, occurred_at, payload }) => ({
      eventId: id,
      eventType: type,
      occurredAt: occurred_at,
      matched: matches(JSON.parse(payload)),
    }));
    return {
      matched: examples.filter(({ matched }) => matched).length,
      of: examples.length,
      examples,
    };
  }

  /** A few of each type, by the index of types, of which the latest are taken. */
  private async latest({ eventTypes, last, tenant }: Latest): Promise<EventRow[]> {
    const types = this.types.ids().filter((id) => eventTypes.some((p) => patternMatches(p, id)));
    const { rows } = await this.pool.query<EventRow>(
      `SELECT e.* FROM unnest($1::text[]) AS one(type) CROSS JOIN LATERAL (
         SELECT id, type, occurred_at, payload::text AS payload FROM ${this.events}
         WHERE tenant = $2 AND type = one.type AND payload IS NOT NULL
         ORDER BY id DESC LIMIT $3) e
       ORDER BY e.id DESC LIMIT $3`,
      [types, tenant, last],
    );
    return rows;
  }
}

interface Latest {
  readonly eventTypes: readonly string[];
  readonly last: number;
  readonly tenant: string;
}

interface EventRow {
  readonly id: string;
  readonly type: string;
  readonly occurred_at: Date;
  readonly payload: string;
}
