import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { schemaOf } from '../persistence/schema-name.js';
import type { HistoryOptions } from './history-options.js';
import { lastRetentionRun, type RetentionRun } from './retention.run.js';

/** A table with its indexes and, where it is cut by weeks, all of them. */
export interface TableSize {
  readonly table: string;
  readonly bytes: number;
  /** As Postgres last estimated. */
  readonly rows: number;
  /** 0: it is not partitioned. */
  readonly partitions: number;
}

/** Days that are not set follow those of the events. */
export type RetentionSettings = Required<HistoryOptions>;

export interface Retention {
  readonly settings: RetentionSettings;
  /** Null: none has ended yet. */
  readonly lastRun: RetentionRun | null;
  /** The largest first. */
  readonly tables: readonly TableSize[];
}

interface SizeRow {
  readonly table: string;
  readonly bytes: string;
  readonly rows: string;
  readonly partitions: number;
}

/** How long what happened is kept, and how much room it takes. */
@Injectable()
export class RetentionReader {
  private readonly schema: string;
  private readonly settings: RetentionSettings;

  constructor(
    @Inject(INTEGRATION_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(RESOLVED_OPTIONS) { history }: ResolvedIntegrationOptions,
  ) {
    this.schema = schemaOf(dataSource);
    const { keepDays, keepPayloadDays = keepDays, keepBodiesDays = keepDays } = history;
    this.settings = { ...history, keepPayloadDays, keepBodiesDays };
  }

  async read(): Promise<Retention> {
    const [lastRun, tables] = await Promise.all([
      lastRetentionRun(this.dataSource, this.schema),
      this.sizes(),
    ]);
    return { settings: this.settings, lastRun, tables };
  }

  /** From the catalogue and the files' sizes: no table is read. */
  private async sizes(): Promise<TableSize[]> {
    const rows: SizeRow[] = await this.dataSource.query(
      `SELECT t.relname AS table, count(part.relid)::int AS partitions,
         sum(coalesce(pg_total_relation_size(leaf.oid), 0))::bigint AS bytes,
         sum(greatest(leaf.reltuples, 0))::bigint AS rows
       FROM pg_class t
       LEFT JOIN LATERAL pg_partition_tree(t.oid) part ON part.isleaf
       JOIN pg_class leaf ON leaf.oid = coalesce(part.relid, t.oid)
       WHERE t.relnamespace = $1::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
       GROUP BY t.relname ORDER BY bytes DESC, t.relname`,
      [this.schema],
    );
    return rows.map(({ table, bytes, rows: count, partitions }) => ({
      table,
      bytes: Number(bytes),
      rows: Number(count),
      partitions,
    }));
  }
}
