import { EVENT_PATTERN_FORM } from '@nest-integrations/common';
import { SUBSCRIPTION_STATES, type SubscriptionState } from '@nest-integrations/core';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsUUID, Length, Matches } from 'class-validator';
import { Omittable, ToBoolean } from '../requests/field.decorators.js';
import { PageQuery } from '../requests/page.query.js';
import { IsProviderId } from './subscription-fields.dto.js';

const SORTS = ['name', 'createdAt', 'updatedAt'] as const;
const ORDERS = ['asc', 'desc'] as const;

export class ListSubscriptionsQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, description: 'Part of the name or description.' })
  @Omittable()
  @Length(1, 200, { message: 'must be text of 1 to 200 characters' })
  search?: string;

  @ApiPropertyOptional({ type: String, description: 'Those that name this event type or pattern.' })
  @Omittable()
  @Matches(EVENT_PATTERN_FORM, { message: 'must be an event type, like incident.created' })
  eventType?: string;

  @ApiPropertyOptional({ type: String, example: 'webhook' })
  @Omittable()
  @IsProviderId()
  provider?: string;

  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'Those that deliver by it.' })
  @Omittable()
  @IsUUID(undefined, { message: 'must be the id of a connection' })
  connectionId?: string;

  @ApiPropertyOptional({ type: Boolean })
  @Omittable()
  @ToBoolean()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;

  @ApiPropertyOptional({ enum: SUBSCRIPTION_STATES, enumName: 'SubscriptionState' })
  @Omittable()
  @IsIn(SUBSCRIPTION_STATES, { message: `must be one of ${SUBSCRIPTION_STATES.join(', ')}` })
  state?: SubscriptionState;

  @ApiPropertyOptional({
    type: Boolean,
    description: 'Those whose config the running version of their provider can’t use, or can.',
  })
  @Omittable()
  @ToBoolean()
  @IsBoolean({ message: 'must be true or false' })
  hasConfigProblem?: boolean;

  @ApiPropertyOptional({ enum: SORTS })
  @Omittable()
  @IsIn(SORTS, { message: `must be one of ${SORTS.join(', ')}` })
  sort?: (typeof SORTS)[number];

  @ApiPropertyOptional({ enum: ORDERS })
  @Omittable()
  @IsIn(ORDERS, { message: `must be one of ${ORDERS.join(', ')}` })
  order?: (typeof ORDERS)[number];
}
