import type { RemovedHistory, Retention, RetentionRun, TableSize } from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';

export class RetentionSettingsDto {
  @ApiProperty({ type: 'integer', description: 'Events, deliveries and attempts.' })
  keepDays: number;

  @ApiProperty({ type: 'integer', description: 'Payloads of events that are delivered.' })
  keepPayloadDays: number;

  @ApiProperty({ type: 'integer', description: 'Bodies of requests and responses.' })
  keepBodiesDays: number;

  @ApiProperty({ type: 'integer' })
  keepIdempotencyKeysDays: number;

  @ApiProperty({ type: 'integer' })
  keepAuditDays: number;

  @ApiProperty({ type: 'integer', description: 'Threads that nothing joined any more.' })
  keepThreadsDays: number;

  @ApiProperty({ type: 'integer', description: 'How often what is over is looked for.' })
  intervalMs: number;
}

export class RemovedHistoryDto {
  @ApiProperty({ type: [String], description: 'Whole weeks that were dropped, by their tables.' })
  partitions: string[];

  @ApiProperty({ type: [String], description: 'Weeks in use at every try: for the next run.' })
  postponed: string[];

  @ApiProperty({ type: 'integer', description: 'One by one, beside whole weeks.' })
  deliveries: number;

  @ApiProperty({ type: 'integer', description: 'One by one, beside whole weeks.' })
  events: number;

  @ApiProperty({ type: 'integer' })
  payloads: number;

  @ApiProperty({ type: 'integer' })
  bodies: number;

  @ApiProperty({ type: 'integer' })
  idempotencyKeys: number;

  @ApiProperty({ type: 'integer' })
  threads: number;

  @ApiProperty({ type: 'integer' })
  statistics: number;

  @ApiProperty({ type: 'integer' })
  auditEntries: number;
}

export class RetentionRunDto {
  @ApiProperty({ type: String, format: 'date-time' })
  startedAt: string;

  @ApiProperty({ type: String, format: 'date-time' })
  finishedAt: string;

  @ApiProperty({ type: RemovedHistoryDto })
  removed: RemovedHistoryDto;
}

export class TableSizeDto {
  @ApiProperty({ type: String, example: 'deliveries' })
  table: string;

  @ApiProperty({ type: 'integer', description: 'With its indexes.' })
  bytes: number;

  @ApiProperty({ type: 'integer', description: 'As Postgres last estimated.' })
  rows: number;

  @ApiProperty({ type: 'integer', description: '0: it is not cut by weeks.' })
  partitions: number;
}

export class RetentionDto {
  @ApiProperty({ type: RetentionSettingsDto })
  settings: RetentionSettingsDto;

  @ApiProperty({
    type: RetentionRunDto,
    nullable: true,
    description: '`null`: none has ended yet.',
  })
  lastRun: RetentionRunDto | null;

  @ApiProperty({ type: [TableSizeDto], description: 'The largest first.' })
  tables: TableSizeDto[];
}

/** Names every field that leaves. */
export function toRetentionDto({ settings, lastRun, tables }: Retention): RetentionDto {
  return {
    settings: {
      keepDays: settings.keepDays,
      keepPayloadDays: settings.keepPayloadDays,
      keepBodiesDays: settings.keepBodiesDays,
      keepIdempotencyKeysDays: settings.keepIdempotencyKeysDays,
      keepAuditDays: settings.keepAuditDays,
      keepThreadsDays: settings.keepThreadsDays,
      intervalMs: settings.intervalMs,
    },
    lastRun: lastRun && toRetentionRunDto(lastRun),
    tables: tables.map(toTableSizeDto),
  };
}

function toRetentionRunDto({ startedAt, finishedAt, removed }: RetentionRun): RetentionRunDto {
  return {
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    removed: toRemovedHistoryDto(removed),
  };
}

function toRemovedHistoryDto(removed: RemovedHistory): RemovedHistoryDto {
  return {
    partitions: [...removed.partitions],
    postponed: [...removed.postponed],
    deliveries: removed.deliveries,
    events: removed.events,
    payloads: removed.payloads,
    bodies: removed.bodies,
    idempotencyKeys: removed.idempotencyKeys,
    threads: removed.threads,
    statistics: removed.statistics,
    auditEntries: removed.auditEntries,
  };
}

function toTableSizeDto({ table, bytes, rows, partitions }: TableSize): TableSizeDto {
  return { table, bytes, rows, partitions };
}
