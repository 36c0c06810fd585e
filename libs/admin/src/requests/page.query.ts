import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Length, Max, Min } from 'class-validator';
import { Omittable } from './field.decorators.js';

const MAX_LIMIT = 200;

/** What every paged list takes. */
export class PageQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    default: 50,
    description: 'Items of a page.',
  })
  @Omittable()
  @Type(() => Number)
  @IsInt({ message: `must be a whole number from 1 to ${MAX_LIMIT}` })
  @Min(1, { message: 'must be at least 1' })
  @Max(MAX_LIMIT, { message: `must be at most ${MAX_LIMIT}` })
  limit?: number;

  @ApiPropertyOptional({
    type: String,
    description: 'The `nextCursor` of the page before; leave it out for the first page.',
  })
  @Omittable()
  @Length(1, 1_000, { message: 'must be the nextCursor of an earlier page' })
  cursor?: string;
}
