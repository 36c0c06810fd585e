import { ApiPropertyOptional } from '@nestjs/swagger';
import { Length, Matches } from 'class-validator';
import { IsIsoTime, IsLaterThan, Omittable } from '../requests/field.decorators.js';
import { PageQuery } from '../requests/page.query.js';

export class ListAuditEntriesQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, example: 'subscription' })
  @Omittable()
  @Matches(/^[a-z][a-z-]{0,49}$/, { message: 'must be what was changed, like subscription' })
  subjectType?: string;

  @ApiPropertyOptional({ type: String, description: 'Id of what was changed.' })
  @Omittable()
  @Matches(/^[^\0]{1,255}$/, { message: 'must be 1 to 255 characters without NUL' })
  subjectId?: string;

  @ApiPropertyOptional({ type: String, description: 'Who changed it.' })
  @Omittable()
  @Matches(/^[^\0]*$/, { message: 'must have no NUL' })
  @Length(1, 500, { message: 'must be text of 1 to 500 characters' })
  actor?: string;

  @ApiPropertyOptional({ type: String, example: 'updateSubscription' })
  @Omittable()
  @Matches(/^[a-zA-Z]{1,100}$/, { message: 'must be an operation id, like updateSubscription' })
  operation?: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'At or after.' })
  @Omittable()
  @IsIsoTime()
  from?: Date;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Before.' })
  @Omittable()
  @IsIsoTime()
  @IsLaterThan('from')
  to?: Date;
}
