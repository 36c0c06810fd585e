import { DELIVERY_STATUSES, type DeliveryStatus } from '@nest-integrations/common';
import type { Delivery, DeliveryDetails, Page } from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';
import { AttemptDto, toAttemptDto } from './attempt.dto.js';

export class DeliveryDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true })
  tenant: string | null;

  @ApiProperty({ type: String, format: 'uuid' })
  eventId: string;

  @ApiProperty({ type: String, example: 'incident.created' })
  eventType: string;

  @ApiProperty({ type: String, format: 'uuid' })
  subscriptionId: string;

  @ApiProperty({ type: String, nullable: true, description: '`null`: it is deleted.' })
  subscriptionName: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'webhook',
    description: 'What the subscription delivers by now; `null`: it is deleted.',
  })
  provider: string | null;

  @ApiProperty({ enum: DELIVERY_STATUSES, enumName: 'DeliveryStatus' })
  status: DeliveryStatus;

  @ApiProperty({ type: 'integer', description: 'Made so far.' })
  attempts: number;

  @ApiProperty({ type: Boolean })
  isReplay: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the next attempt is due; `null` once it is final.',
  })
  dueAt: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'HTTP status of the last answer.' })
  lastStatus: number | null;

  @ApiProperty({ type: String, nullable: true })
  lastError: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Id that the receiver gave it.' })
  externalId: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Where that can be looked at.' })
  externalUrl: string | null;
}

export class DeliveryPageDto {
  @ApiProperty({ type: [DeliveryDto], description: 'Newest first.' })
  items: DeliveryDto[];

  @ApiProperty({ type: String, nullable: true, description: '`null`: this was the last page.' })
  nextCursor: string | null;
}

export class DeliveredEventDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, example: 'incident.created' })
  type: string;

  @ApiProperty({ type: String, format: 'date-time' })
  occurredAt: string;

  @ApiProperty({ description: 'As accepted; any JSON value. `null` where it was removed.' })
  payload: unknown;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When retention or an erasure removed the payload.',
  })
  payloadRemovedAt: string | null;
}

export class DeliveryDetailsDto extends DeliveryDto {
  @ApiProperty({ type: DeliveredEventDto })
  event: DeliveredEventDto;

  @ApiProperty({ type: [AttemptDto], description: 'Every attempt, oldest first.' })
  log: AttemptDto[];
}

/** Names every field that leaves. */
export function toDeliveryDto(delivery: Delivery): DeliveryDto {
  return {
    id: delivery.id,
    tenant: delivery.tenant,
    eventId: delivery.eventId,
    eventType: delivery.eventType,
    subscriptionId: delivery.subscriptionId,
    subscriptionName: delivery.subscriptionName,
    provider: delivery.provider,
    status: delivery.status,
    attempts: delivery.attempts,
    isReplay: delivery.isReplay,
    createdAt: delivery.createdAt.toISOString(),
    dueAt: delivery.dueAt?.toISOString() ?? null,
    finishedAt: delivery.finishedAt?.toISOString() ?? null,
    lastStatus: delivery.lastStatus,
    lastError: delivery.lastError,
    externalId: delivery.externalId,
    externalUrl: delivery.externalUrl,
  };
}

export function toDeliveryPageDto(page: Page<Delivery>): DeliveryPageDto {
  return { items: page.items.map(toDeliveryDto), nextCursor: page.nextCursor };
}

export function toDeliveryDetailsDto(delivery: DeliveryDetails): DeliveryDetailsDto {
  const { id, type, occurredAt, payloadJson, payloadRemovedAt } = delivery.event;
  return Object.assign(toDeliveryDto(delivery), {
    event: {
      id,
      type,
      occurredAt: occurredAt.toISOString(),
      payload: JSON.parse(payloadJson) as unknown,
      payloadRemovedAt: payloadRemovedAt?.toISOString() ?? null,
    },
    log: delivery.log.map(toAttemptDto),
  });
}
