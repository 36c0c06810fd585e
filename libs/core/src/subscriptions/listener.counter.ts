import { patternsMatching } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import type { TenantScope } from '../tenants/tenant-scope.js';

interface PatternsRow {
  readonly event_types: readonly string[];
  readonly subscriptions: number;
}

/** How many enabled subscriptions listen to an event type, whatever their filters say. */
@Injectable()
export class ListenerCounter {
  private readonly schema: string;

  constructor(@Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource) {
    this.schema = schemaOf(dataSource);
  }

  /** By event type, in one query: few lists of patterns stand for many subscriptions. */
  async count(types: readonly string[], scope: TenantScope): Promise<ReadonlyMap<string, number>> {
    const rows: PatternsRow[] = await this.dataSource.query(
      `SELECT event_types, count(*)::int AS subscriptions
       FROM ${this.schema}.integration_subscriptions
       WHERE enabled AND event_types && $1::text[]${scope === 'all' ? '' : ' AND tenant = $2'}
       GROUP BY event_types`,
      [[...new Set(types.flatMap(patternsMatching))], ...(scope === 'all' ? [] : [scope.tenant])],
    );
    return new Map(
      types.map((type) => {
        const patterns = new Set(patternsMatching(type));
        const listening = rows.filter((row) => row.event_types.some((one) => patterns.has(one)));
        return [type, listening.reduce((sum, row) => sum + row.subscriptions, 0)];
      }),
    );
  }
}
