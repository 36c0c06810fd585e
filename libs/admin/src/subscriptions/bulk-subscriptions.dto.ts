import {
  BULK_ACTIONS,
  MAX_BULK_SUBSCRIPTIONS,
  type BulkAction,
  type BulkResult,
} from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsUUID } from 'class-validator';

const COUNT = `must be 1 to ${MAX_BULK_SUBSCRIPTIONS} ids`;

export class BulkSubscriptionsDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    isArray: true,
    minItems: 1,
    maxItems: MAX_BULK_SUBSCRIPTIONS,
    uniqueItems: true,
  })
  @IsArray({ message: COUNT })
  @ArrayMinSize(1, { message: COUNT })
  @ArrayMaxSize(MAX_BULK_SUBSCRIPTIONS, { message: COUNT })
  @ArrayUnique({ message: 'must name each id once' })
  @IsUUID('all', { each: true, message: 'must be ids (UUIDs)' })
  ids: string[];

  @ApiProperty({ enum: BULK_ACTIONS, enumName: 'BulkAction' })
  @IsIn(BULK_ACTIONS, { message: `must be one of ${BULK_ACTIONS.join(', ')}` })
  action: BulkAction;
}

export class BulkResultDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: Boolean })
  ok: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'Why it was not done.' })
  problem: string | null;
}

export class BulkResultListDto {
  @ApiProperty({ type: [BulkResultDto], description: 'In the order of `ids`.' })
  items: BulkResultDto[];
}

export function toBulkResultDto({ id, problem }: BulkResult): BulkResultDto {
  return { id, ok: problem === null, problem };
}
