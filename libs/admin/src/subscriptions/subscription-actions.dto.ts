import { EVENT_TYPE_FORM } from '@nest-integrations/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, Length, Matches, Max, Min } from 'class-validator';
import { Omittable } from '../requests/field.decorators.js';

const KINDS = ['hmac', 'ed25519'] as const;
const MAX_OVERLAP_SECONDS = 30 * 24 * 60 * 60;

export class DisableSubscriptionDto {
  @ApiPropertyOptional({ type: String, maxLength: 500, example: 'Receiver is being moved' })
  @Omittable()
  @Length(1, 500, { message: 'must be text of 1 to 500 characters' })
  reason?: string;
}

export class RotateSigningSecretDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_OVERLAP_SECONDS,
    default: 86_400,
    description: 'How long the old secrets go on signing beside the new one. 0: not at all.',
  })
  @Omittable()
  @IsInt({ message: 'must be a whole number of seconds' })
  @Min(0, { message: 'must be at least 0' })
  @Max(MAX_OVERLAP_SECONDS, { message: `must be at most ${MAX_OVERLAP_SECONDS} (30 days)` })
  overlapSeconds?: number;

  @ApiPropertyOptional({ enum: KINDS, default: 'hmac' })
  @Omittable()
  @IsIn(KINDS, { message: `must be one of ${KINDS.join(', ')}` })
  kind?: (typeof KINDS)[number];
}

export class SendTestEventDto {
  @ApiPropertyOptional({
    type: String,
    description: 'Left out: the first that the subscription names.',
    example: 'incident.created',
  })
  @Omittable()
  @Matches(EVENT_TYPE_FORM, { message: 'must be an event type, like incident.created' })
  eventType?: string;

  @ApiPropertyOptional({
    description: 'What is sent; any JSON value that fits the schema. Left out: the example.',
  })
  @Omittable()
  payload?: unknown;
}
