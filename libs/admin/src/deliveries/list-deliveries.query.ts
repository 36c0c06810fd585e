import { DELIVERY_STATUSES, EVENT_TYPE_FORM, type DeliveryStatus } from '@nest-integrations/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsUUID, Matches } from 'class-validator';
import { IsIsoTime, IsLaterThan, Omittable } from '../requests/field.decorators.js';
import { PageQuery } from '../requests/page.query.js';

export class ListDeliveriesQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @Omittable()
  @IsUUID('all', { message: 'must be a UUID' })
  subscriptionId?: string;

  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @Omittable()
  @IsUUID('all', { message: 'must be a UUID' })
  eventId?: string;

  @ApiPropertyOptional({ type: String, example: 'incident.created' })
  @Omittable()
  @Matches(EVENT_TYPE_FORM, { message: 'must be an event type, like incident.created' })
  eventType?: string;

  @ApiPropertyOptional({ enum: DELIVERY_STATUSES, enumName: 'DeliveryStatus' })
  @Omittable()
  @IsIn(DELIVERY_STATUSES, { message: `must be one of ${DELIVERY_STATUSES.join(', ')}` })
  status?: DeliveryStatus;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'Accepted at or after.',
  })
  @Omittable()
  @IsIsoTime()
  from?: Date;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Accepted before.' })
  @Omittable()
  @IsIsoTime()
  @IsLaterThan('from')
  to?: Date;
}
