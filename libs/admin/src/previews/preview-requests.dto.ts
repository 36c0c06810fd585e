import { EVENT_TYPE_FORM, type RetryPolicy } from '@nest-integrations/common';
import {
  TEMPLATE_TARGETS,
  type SubscriptionDraft,
  type TemplateTarget,
} from '@nest-integrations/core';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsIn,
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
import { RETRY_POLICY_PROPERTY } from '../subscriptions/retry-policy.schema.js';
import { IsEventPatterns } from '../subscriptions/subscription-fields.dto.js';
import {
  toUpdateSubscription,
  UpdateSubscriptionDto,
} from '../subscriptions/update-subscription.dto.js';

/** A subscription that is not saved, and the event to try it with. */
export class TrySubscriptionDto extends UpdateSubscriptionDto {
  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    description:
      'The stored subscription that the draft changes: its fields and secrets stand in for those left out. Left out: a new one, which needs `eventTypes`, `provider` and `config`.',
  })
  @Omittable()
  @IsUUID(undefined, { message: 'must be the id of a subscription' })
  subscriptionId?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Of a new one; only for callers who see several tenants.',
  })
  @Omittable()
  @Length(1, 200, { message: 'must be text of 1 to 200 characters' })
  tenant?: string;

  @ApiPropertyOptional({ type: String, writeOnly: true, description: 'Of a new one.' })
  @Omittable()
  @Matches(/^wh(sec|sk)_[A-Za-z0-9+/]{1,400}={0,2}$/, {
    message: 'must be whsec_ (HMAC) or whsk_ (Ed25519) followed by base64',
  })
  signingSecret?: string;

  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'A stored event.' })
  @Omittable()
  @IsUUID(undefined, { message: 'must be the id of an event' })
  eventId?: string;

  @ApiPropertyOptional({
    type: String,
    example: 'incident.created',
    description: 'Without `eventId`. Left out: the first that the draft names.',
  })
  @Omittable()
  @Matches(EVENT_TYPE_FORM, { message: 'must be an event type, like incident.created' })
  eventType?: string;

  @ApiPropertyOptional({
    description: 'Without `eventId`: a payload that fits the schema. Left out: the example.',
  })
  @Omittable()
  payload?: unknown;
}

export function toSubscriptionDraft(dto: TrySubscriptionDto): SubscriptionDraft {
  return {
    ...toUpdateSubscription(dto),
    ...(dto.subscriptionId !== undefined && { subscriptionId: dto.subscriptionId }),
    ...(dto.tenant !== undefined && { tenant: dto.tenant }),
    ...(dto.signingSecret !== undefined && { signingSecret: dto.signingSecret }),
  };
}

export class PreviewFilterDto {
  @ApiProperty({ type: [String], example: ['incident.*'] })
  @IsEventPatterns()
  eventTypes: string[];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'As of a subscription. `null`: every event of these types.',
  })
  @IsOptional()
  @IsObject({ message: 'must be an object of conditions, or null' })
  filter?: Record<string, unknown> | null;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 500, default: 100 })
  @Omittable()
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  @Max(500, { message: 'must be at most 500' })
  last?: number;

  @ApiPropertyOptional({ type: String, description: 'Only for callers who see several tenants.' })
  @Omittable()
  @Length(1, 200, { message: 'must be text of 1 to 200 characters' })
  tenant?: string;
}

export class PreviewRetriesDto {
  @ApiProperty(RETRY_POLICY_PROPERTY)
  @IsRetryPolicyForm()
  retryPolicy: RetryPolicy;
}

export class PreviewTemplateDto {
  @ApiProperty({ type: String, maxLength: 65_536, example: '{{ payload.incident.title }}' })
  @IsString({ message: 'must be text' })
  @MaxLength(65_536, { message: 'must have at most 65536 characters' })
  template: string;

  @ApiProperty({
    enum: TEMPLATE_TARGETS,
    enumName: 'TemplateTarget',
    description: 'What values are escaped for: `x-template` of the field.',
  })
  @IsIn(TEMPLATE_TARGETS, { message: `must be one of ${TEMPLATE_TARGETS.join(', ')}` })
  target: TemplateTarget;

  @ApiPropertyOptional({ type: String, example: 'incident.created' })
  @Omittable()
  @Matches(EVENT_TYPE_FORM, { message: 'must be an event type, like incident.created' })
  eventType?: string;

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    description: 'A stored event. Left out: the example of the type.',
  })
  @Omittable()
  @IsUUID(undefined, { message: 'must be the id of an event' })
  eventId?: string;

  @ApiPropertyOptional({ type: String, maxLength: 200 })
  @Omittable()
  @Length(1, 200, { message: 'must be text of 1 to 200 characters' })
  subscriptionName?: string;
}
