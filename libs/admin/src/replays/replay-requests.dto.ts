import { EVENT_TYPE_FORM } from '@nest-integrations/common';
import {
  DEFAULT_REPLAYS_PER_SECOND,
  MAX_CHOSEN_DELIVERIES,
  MAX_REPLAYS_PER_SECOND,
  REPLAY_STATES,
  REPLAYABLE_STATUSES,
  type ReplayableStatus,
  type ReplayState,
} from '@nest-integrations/core';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsUUID,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { IsIsoTime, IsLaterThan, Omittable } from '../requests/field.decorators.js';
import { PageQuery } from '../requests/page.query.js';

const CHOSEN = `must be 1 to ${MAX_CHOSEN_DELIVERIES} ids`;

/** Which deliveries: at least one of these must be given. */
export class SelectDeliveriesDto {
  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    isArray: true,
    minItems: 1,
    maxItems: MAX_CHOSEN_DELIVERIES,
    description: 'These and no others, without any of the conditions beside it.',
  })
  @Omittable()
  @IsArray({ message: CHOSEN })
  @ArrayMinSize(1, { message: CHOSEN })
  @ArrayMaxSize(MAX_CHOSEN_DELIVERIES, { message: CHOSEN })
  @IsUUID('all', { each: true, message: 'must be ids (UUIDs)' })
  deliveryIds?: string[];

  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @Omittable()
  @IsUUID('all', { message: 'must be a UUID' })
  subscriptionId?: string;

  @ApiPropertyOptional({ type: String, example: 'incident.created' })
  @Omittable()
  @Matches(EVENT_TYPE_FORM, { message: 'must be an event type, like incident.created' })
  eventType?: string;

  @ApiPropertyOptional({
    enum: REPLAYABLE_STATUSES,
    enumName: 'ReplayableStatus',
    description: 'Left out: every one that is final.',
  })
  @Omittable()
  @IsIn(REPLAYABLE_STATUSES, { message: `must be one of ${REPLAYABLE_STATUSES.join(', ')}` })
  status?: ReplayableStatus;

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

function PerSecond(): PropertyDecorator {
  return (target, key) => {
    for (const decorate of [
      ApiPropertyOptional({
        type: 'integer',
        minimum: 1,
        maximum: MAX_REPLAYS_PER_SECOND,
        default: DEFAULT_REPLAYS_PER_SECOND,
        description: 'Deliveries a second.',
      }),
      Omittable(),
      IsInt({ message: 'must be a whole number' }),
      Min(1, { message: 'must be at least 1' }),
      Max(MAX_REPLAYS_PER_SECOND, { message: `must be at most ${MAX_REPLAYS_PER_SECOND}` }),
    ]) {
      decorate(target, key);
    }
  };
}

export class StartReplayDto extends SelectDeliveriesDto {
  @PerSecond()
  perSecond?: number;
}

export class RecoverDto {
  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'Left out: since it was last disabled, or began to fail.',
  })
  @Omittable()
  @IsIsoTime()
  since?: Date;

  @PerSecond()
  perSecond?: number;
}

export class RecoverableQuery {
  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'Left out: since it was last disabled, or began to fail.',
  })
  @Omittable()
  @IsIsoTime()
  since?: Date;
}

export class ReplayEventDto {
  @ApiProperty({ type: String, format: 'uuid' })
  @IsUUID('all', { message: 'must be a UUID' })
  subscriptionId: string;
}

export class ListReplaysQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @Omittable()
  @IsUUID('all', { message: 'must be a UUID' })
  subscriptionId?: string;

  @ApiPropertyOptional({ enum: REPLAY_STATES, enumName: 'ReplayState' })
  @Omittable()
  @IsIn(REPLAY_STATES, { message: `must be one of ${REPLAY_STATES.join(', ')}` })
  state?: ReplayState;
}
