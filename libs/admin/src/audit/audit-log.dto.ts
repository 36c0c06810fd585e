import type { AuditEntry, Page } from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';

export class AuditEntryDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, format: 'date-time' })
  at: string;

  @ApiProperty({ type: String, nullable: true })
  tenant: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Who; `null`: the engine itself, or a call of the host app’s own code.',
  })
  actor: string | null;

  @ApiProperty({
    type: String,
    example: 'updateSubscription',
    description: 'What was done: an operation id of this document.',
  })
  operation: string;

  @ApiProperty({ type: String, example: 'subscription' })
  subjectType: string;

  @ApiProperty({ type: String, nullable: true })
  subjectId: string | null;

  @ApiProperty({ description: 'Less its secrets; `null`: not there before, or not kept.' })
  before: unknown;

  @ApiProperty({ description: 'Less its secrets; `null`: not there any more, or not kept.' })
  after: unknown;
}

export class AuditPageDto {
  @ApiProperty({ type: [AuditEntryDto], description: 'Newest first.' })
  items: AuditEntryDto[];

  @ApiProperty({ type: String, nullable: true, description: '`null`: this was the last page.' })
  nextCursor: string | null;
}

export function toAuditPageDto({ items, nextCursor }: Page<AuditEntry>): AuditPageDto {
  return { items: items.map(toAuditEntryDto), nextCursor };
}

/** Names every field that leaves. */
function toAuditEntryDto(entry: AuditEntry): AuditEntryDto {
  return {
    id: entry.id,
    at: entry.at.toISOString(),
    tenant: entry.tenant,
    actor: entry.actor,
    operation: entry.operation,
    subjectType: entry.subjectType,
    subjectId: entry.subjectId,
    before: entry.before,
    after: entry.after,
  };
}
