import { isId } from '@nest-integrations/common';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { InvalidInputError, NotFoundError } from '../integration.error.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import type { TenantScope } from '../tenants/tenant-scope.js';
import {
  spanOf,
  statisticsOf,
  type StatisticsRow,
  type StatisticsSpan,
} from './statistics.series.js';
import { ALL, idOfSubject, subjectOfSubscription, subjectOfTenant } from './statistics-subject.js';
import { MAX_STATISTICS_HOURS, type Statistics } from './statistics.types.js';

const DEFAULT_HOURS = 24;
const MAX_SUBSCRIPTIONS = 200;

interface SubjectRow extends StatisticsRow {
  readonly subject: string;
}

/** How deliveries fared, from rows that were summed up before. Some seconds late. */
@Injectable()
export class StatisticsReader {
  private readonly schema: string;

  constructor(@Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource) {
    this.schema = schemaOf(dataSource);
  }

  /** Of all that the caller may see. @throws InvalidInputError */
  async overall(hours: number | undefined, scope: TenantScope): Promise<Statistics> {
    const span = checkedSpan(hours);
    const subject = scope === 'all' ? ALL : subjectOfTenant(scope.tenant);
    return statisticsOf(await this.rows([subject], span), span);
  }

  /** @throws NotFoundError, InvalidInputError */
  async ofSubscription(
    id: string,
    hours: number | undefined,
    scope: TenantScope,
  ): Promise<Statistics> {
    const found = isId(id) ? await this.ofSubscriptions([id], hours, scope) : null;
    const statistics = found?.get(id.toLowerCase());
    if (!statistics) throw new NotFoundError('subscription', id);
    return statistics;
  }

  /** By id; those that are not there, or another tenant's, are left out. @throws InvalidInputError */
  async ofSubscriptions(
    ids: readonly string[],
    hours: number | undefined,
    scope: TenantScope,
  ): Promise<ReadonlyMap<string, Statistics>> {
    const span = checkedSpan(hours);
    if (ids.length > MAX_SUBSCRIPTIONS || !ids.every(isId)) {
      const message = `must be at most ${MAX_SUBSCRIPTIONS} ids (UUIDs)`;
      throw new InvalidInputError([{ field: 'ids', message }]);
    }
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT id FROM ${this.schema}.integration_subscriptions
       WHERE id = ANY($1::uuid[]) AND ($2::text IS NULL OR tenant = $2)`,
      [ids, scope === 'all' ? null : scope.tenant],
    );
    const stored = await this.rows(
      rows.map(({ id }) => subjectOfSubscription(id)),
      span,
    );
    const bySubject = new Map(rows.map(({ id }): [string, SubjectRow[]] => [id, []]));
    for (const row of stored) bySubject.get(idOfSubject(row.subject))?.push(row);
    return new Map([...bySubject].map(([id, own]) => [id, statisticsOf(own, span)]));
  }

  private rows(subjects: readonly string[], { from }: StatisticsSpan): Promise<SubjectRow[]> {
    return this.dataSource.query(
      `SELECT subject, bucket, delivered, failed, retried, latencies
       FROM ${this.schema}.integration_statistics WHERE subject = ANY($1::text[]) AND bucket >= $2`,
      [subjects, new Date(from)],
    );
  }
}

function checkedSpan(hours: number = DEFAULT_HOURS): StatisticsSpan {
  if (Number.isInteger(hours) && hours >= 1 && hours <= MAX_STATISTICS_HOURS) {
    return spanOf(hours, Date.now());
  }
  const message = `must be a whole number from 1 to ${MAX_STATISTICS_HOURS}`;
  throw new InvalidInputError([{ field: 'hours', message }]);
}
