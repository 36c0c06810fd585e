import { DELIVERY_STATUSES, EVENT_TYPE_FORM, type DeliveryStatus } from '@nest-integrations/common';
import { ApiHideProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsUUID, Matches } from 'class-validator';
import { IsIsoTime, IsLaterThan, Omittable, ToList } from '../requests/field.decorators.js';
import { PageQuery } from '../requests/page.query.js';
import { IsProviderId } from '../subscriptions/subscription-fields.dto.js';

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

  // Described at the route: a property can't say that its list is joined by commas.
  @ApiHideProperty()
  @Omittable()
  @ToList()
  @IsIn(DELIVERY_STATUSES, {
    each: true,
    message: `must be one or more of ${DELIVERY_STATUSES.join(', ')}, joined by commas`,
  })
  status?: DeliveryStatus[];

  @ApiPropertyOptional({
    type: String,
    example: 'webhook',
    description: 'Of subscriptions that deliver by it now.',
  })
  @Omittable()
  @IsProviderId()
  provider?: string;

  @ApiPropertyOptional({
    type: String,
    description:
      'An id or how one begins: the delivery’s, its event’s (12 digits at least) or the one that the receiver gave it.',
  })
  @Omittable()
  @Matches(/^[^\0]{1,200}$/, { message: 'must be 1 to 200 characters without NUL' })
  search?: string;

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
