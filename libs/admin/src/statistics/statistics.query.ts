import { MAX_STATISTICS_HOURS } from '@nest-integrations/core';
import { ApiHideProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsInt, IsUUID, Max, Min } from 'class-validator';
import { Omittable, ToList } from '../requests/field.decorators.js';

const RANGE = `must be a whole number from 1 to ${MAX_STATISTICS_HOURS}`;

export class StatisticsQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_STATISTICS_HOURS,
    default: 24,
    description: 'The last so many hours.',
  })
  @Omittable()
  @Type(() => Number)
  @IsInt({ message: RANGE })
  @Min(1, { message: RANGE })
  @Max(MAX_STATISTICS_HOURS, { message: RANGE })
  hours?: number;
}

export class SubscriptionActivityQuery extends StatisticsQuery {
  // Described at the route: a property can't say that its list is joined by commas.
  @ApiHideProperty()
  @ToList()
  @ArrayMaxSize(200, { message: 'must be at most 200 ids' })
  @IsUUID('all', { each: true, message: 'must be ids (UUIDs), joined by commas' })
  ids: string[];
}
