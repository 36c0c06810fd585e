import { EVENT_TYPE_FORM } from '@nest-integrations/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { IsIsoTime, IsLaterThan, Omittable } from '../requests/field.decorators.js';
import { PageQuery } from '../requests/page.query.js';

export class ListEventsQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, example: 'incident.created' })
  @Omittable()
  @Matches(EVENT_TYPE_FORM, { message: 'must be an event type, like incident.created' })
  type?: string;

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

  @ApiPropertyOptional({ type: String, description: 'An event’s id, or how it begins.' })
  @Omittable()
  @Matches(/^[0-9a-fA-F-]{1,36}$/, { message: 'must be an id, or how one begins' })
  search?: string;
}
