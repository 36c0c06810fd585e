import type {
  DeliveryCounts,
  Page,
  StoredEvent,
  StoredEventDetails,
} from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';
import { DeliveryDto, toDeliveryDto } from '../deliveries/delivery.dto.js';

export class DeliveryCountsDto {
  @ApiProperty({ type: 'integer' })
  pending: number;

  @ApiProperty({ type: 'integer' })
  attempting: number;

  @ApiProperty({ type: 'integer' })
  retrying: number;

  @ApiProperty({ type: 'integer' })
  delivered: number;

  @ApiProperty({ type: 'integer' })
  failed: number;

  @ApiProperty({ type: 'integer' })
  cancelled: number;
}

/** One occurrence. */
export class EventDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true })
  tenant: string | null;

  @ApiProperty({ type: String, example: 'incident.created' })
  type: string;

  @ApiProperty({ type: String, format: 'date-time' })
  occurredAt: string;

  @ApiProperty({ type: String, format: 'date-time' })
  acceptedAt: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When retention or an erasure removed the payload.',
  })
  payloadRemovedAt: string | null;

  @ApiProperty({ type: DeliveryCountsDto, description: 'Its deliveries by status.' })
  deliveryCounts: DeliveryCountsDto;
}

export class EventPageDto {
  @ApiProperty({ type: [EventDto], description: 'Newest first.' })
  items: EventDto[];

  @ApiProperty({ type: String, nullable: true, description: '`null`: this was the last page.' })
  nextCursor: string | null;
}

export class EventDetailsDto extends EventDto {
  @ApiProperty({ type: String, nullable: true })
  idempotencyKey: string | null;

  @ApiProperty({ description: 'As accepted; any JSON value. `null` where it was removed.' })
  payload: unknown;

  @ApiProperty({
    type: [DeliveryDto],
    description: 'The newest 200; GET deliveries with this eventId has them all.',
  })
  deliveries: DeliveryDto[];
}

/** Names every field that leaves. */
export function toEventDto(event: StoredEvent): EventDto {
  return {
    id: event.id,
    tenant: event.tenant,
    type: event.type,
    occurredAt: event.occurredAt.toISOString(),
    acceptedAt: event.acceptedAt.toISOString(),
    payloadRemovedAt: event.payloadRemovedAt?.toISOString() ?? null,
    deliveryCounts: toDeliveryCountsDto(event.deliveries),
  };
}

export function toEventPageDto({ items, nextCursor }: Page<StoredEvent>): EventPageDto {
  return { items: items.map(toEventDto), nextCursor };
}

export function toEventDetailsDto(event: StoredEventDetails): EventDetailsDto {
  return Object.assign(toEventDto(event), {
    idempotencyKey: event.idempotencyKey,
    payload: event.payloadJson === null ? null : (JSON.parse(event.payloadJson) as unknown),
    deliveries: event.fanOut.map(toDeliveryDto),
  });
}

function toDeliveryCountsDto(counts: DeliveryCounts): DeliveryCountsDto {
  const { pending, attempting, retrying, delivered, failed, cancelled } = counts;
  return { pending, attempting, retrying, delivered, failed, cancelled };
}
