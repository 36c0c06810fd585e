import type { ErasedPayload, Erasure, Page } from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';

const STATES = ['running', 'completed'] as const;

export class ErasedPayloadDto {
  @ApiProperty({ type: String, format: 'uuid' })
  eventId: string;

  @ApiProperty({ type: String, format: 'date-time' })
  erasedAt: string;

  @ApiProperty({ type: 'integer', description: 'Deliveries whose attempts were emptied.' })
  deliveries: number;

  @ApiProperty({ type: 'integer', description: 'Those of them that were still to be attempted.' })
  cancelled: number;
}

export class ErasedRowsDto {
  @ApiProperty({ type: 'integer' })
  subscriptions: number;

  @ApiProperty({ type: 'integer' })
  connections: number;

  @ApiProperty({ type: 'integer' })
  deliveries: number;

  @ApiProperty({ type: 'integer' })
  attempts: number;

  @ApiProperty({ type: 'integer' })
  events: number;

  @ApiProperty({ type: 'integer' })
  idempotencyKeys: number;
}

export class ErasureDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String })
  tenant: string;

  @ApiProperty({ enum: STATES, enumName: 'ErasureState' })
  state: (typeof STATES)[number];

  @ApiProperty({ type: String, nullable: true })
  requestedBy: string | null;

  @ApiProperty({ type: ErasedRowsDto, description: 'So far.' })
  removed: ErasedRowsDto;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt: string | null;
}

export class ErasurePageDto {
  @ApiProperty({ type: [ErasureDto], description: 'Newest first.' })
  items: ErasureDto[];

  @ApiProperty({ type: String, nullable: true, description: '`null`: this was the last page.' })
  nextCursor: string | null;
}

export function toErasedPayloadDto(erased: ErasedPayload): ErasedPayloadDto {
  const { eventId, erasedAt, deliveries, cancelled } = erased;
  return { eventId, erasedAt: erasedAt.toISOString(), deliveries, cancelled };
}

/** Names every field that leaves. */
export function toErasureDto(erasure: Erasure): ErasureDto {
  const { subscriptions, connections, deliveries, attempts, events, idempotencyKeys } =
    erasure.removed;
  return {
    id: erasure.id,
    tenant: erasure.tenant,
    state: erasure.state,
    requestedBy: erasure.requestedBy,
    removed: { subscriptions, connections, deliveries, attempts, events, idempotencyKeys },
    createdAt: erasure.createdAt.toISOString(),
    finishedAt: erasure.finishedAt?.toISOString() ?? null,
  };
}

export function toErasurePageDto({ items, nextCursor }: Page<Erasure>): ErasurePageDto {
  return { items: items.map(toErasureDto), nextCursor };
}
