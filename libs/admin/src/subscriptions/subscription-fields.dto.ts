import type { DeliveryLimits, DeliveryOrdering, RetryPolicy } from '@nest-integrations/common';
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IsRetryPolicyForm, Omittable } from '../requests/field.decorators.js';
import { LIMITS_PROPERTY, ORDERING_PROPERTY } from './limits.schema.js';
import { RETRY_POLICY_PROPERTY } from './retry-policy.schema.js';

/** Rules of a name, wherever one is given. */
export function IsName(): PropertyDecorator {
  return Length(1, 200, { message: 'must be text of 1 to 200 characters' });
}

/** Rules of a subscription's list of events; core knows which ones there are. */
export function IsEventPatterns(): PropertyDecorator {
  return applyDecorators(
    IsArray({ message: 'must be a list of event types, like ["incident.created", "incident.*"]' }),
    IsString({ each: true, message: 'each must be text' }),
  );
}

/** Rules of a provider's id. */
export function IsProviderId(): PropertyDecorator {
  return Matches(/^[a-z][a-z0-9-]{0,99}$/, {
    message: 'must be the id of a provider, like webhook; GET providers lists them',
  });
}

/** Rules of a config; the provider's own schema is applied when it is saved. */
export function IsConfig(): PropertyDecorator {
  return IsObject({ message: 'must be an object that fits the provider’s configSchema' });
}

/** The one that a change was begun from. */
export function IsRevision(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'integer',
      minimum: 1,
      description:
        'The `revision` that the change was begun from: where it is another by now, 409 and nothing is written.',
    }),
    Omittable(),
    IsInt({ message: 'must be the whole number that was read' }),
    Min(1, { message: 'must be at least 1' }),
  );
}

/** What a subscription may be given when it is made and when it is changed. */
export class SubscriptionFieldsDto {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 2000 })
  @IsOptional()
  @IsString({ message: 'must be text, or null' })
  @MaxLength(2_000, { message: 'must have at most 2000 characters' })
  description?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Conditions on the payload, Mongo style. `null`: every event of its types.',
    example: { 'incident.severity': { $in: ['high', 'critical'] } },
  })
  @IsOptional()
  @IsObject({ message: 'must be an object of conditions, or null' })
  filter?: Record<string, unknown> | null;

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The connection to deliver by: of the same provider. `null`: none.',
  })
  @IsOptional()
  @IsUUID(undefined, { message: 'must be the id of a connection, or null' })
  connectionId?: string | null;

  @ApiPropertyOptional(RETRY_POLICY_PROPERTY)
  @Omittable()
  @IsRetryPolicyForm()
  retryPolicy?: RetryPolicy;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1_000,
    maximum: 60_000,
    description: 'Longest one attempt may take. `null`: the provider’s own.',
  })
  @IsOptional()
  @IsInt({ message: 'must be a whole number of milliseconds, or null' })
  @Min(1_000, { message: 'must be at least 1000' })
  @Max(60_000, { message: 'must be at most 60000' })
  timeoutMs?: number | null;

  @ApiPropertyOptional(LIMITS_PROPERTY)
  @IsOptional()
  @IsObject({ message: 'must be an object with maxConcurrency or rate, or null' })
  limits?: DeliveryLimits | null;

  @ApiPropertyOptional(ORDERING_PROPERTY)
  @IsOptional()
  @IsObject({ message: 'must be an object, {} or { key: "order.id" }, or null' })
  ordering?: DeliveryOrdering | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 500,
    description:
      'Template of the thread that an event belongs to: what is delivered for one thread joins what its first delivery opened, one at a time, in accept order. Only for a provider with `hasThreads`. `null`: no threads.',
    example: '{{ payload.incident.id }}',
  })
  @IsOptional()
  @IsString({ message: 'must be a template, like {{ payload.incident.id }}, or null' })
  @MaxLength(500, { message: 'must have at most 500 characters' })
  threadKey?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 50_000,
    description:
      'JavaScript of a function. What it returns is delivered as the payload; `null`: the event is not for this subscription. It reaches nothing but the event, `{ id, type, timestamp, payload }`. `null` here: the payload stays as it is.',
    example: '(event) => ({ text: event.payload.title })',
  })
  @IsOptional()
  @IsString({ message: 'must be JavaScript of a function, (event) => …, or null' })
  @MaxLength(50_000, { message: 'must have at most 50000 characters' })
  transform?: string | null;

  @ApiPropertyOptional({ type: Boolean, default: true })
  @Omittable()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}
