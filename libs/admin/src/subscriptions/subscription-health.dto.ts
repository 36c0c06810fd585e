import type { SubscriptionHealthReport } from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';
import { RecoverableDto } from '../replays/replay.dto.js';
import { SubscriptionDto } from './subscription.dto.js';

const STATUSES = ['healthy', 'failing', 'disabled'] as const;

export class SubscriptionHealthDto {
  @ApiProperty({ enum: STATUSES })
  status: (typeof STATUSES)[number];

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'No attempt has succeeded since.',
  })
  failingSince: string | null;

  @ApiProperty({ type: 'integer', description: 'Failed attempts since.' })
  failures: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastFailureAt: string | null;

  @ApiProperty({ type: String, nullable: true })
  lastFailure: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The success that ended its last failing.',
  })
  recoveredAt: string | null;
}

export class EnabledSubscriptionDto extends SubscriptionDto {
  @ApiProperty({ type: RecoverableDto, description: 'What it missed and could be sent now.' })
  recoverable: RecoverableDto;
}

export function toSubscriptionHealthDto(health: SubscriptionHealthReport): SubscriptionHealthDto {
  return {
    status: health.status,
    failingSince: health.failingSince?.toISOString() ?? null,
    failures: health.failures,
    lastFailureAt: health.lastFailureAt?.toISOString() ?? null,
    lastFailure: health.lastFailure,
    recoveredAt: health.recoveredAt?.toISOString() ?? null,
  };
}
