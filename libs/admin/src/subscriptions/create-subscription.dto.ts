import type { CreateSubscription } from '@nest-integrations/core';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Length, Matches } from 'class-validator';
import { Omittable } from '../requests/field.decorators.js';
import {
  IsConfig,
  IsEventPatterns,
  IsName,
  IsProviderId,
  SubscriptionFieldsDto,
} from './subscription-fields.dto.js';

export class CreateSubscriptionDto extends SubscriptionFieldsDto {
  @ApiPropertyOptional({
    type: String,
    description: 'Only for callers who see several tenants; others get their own.',
  })
  @Omittable()
  @Length(1, 200, { message: 'must be text of 1 to 200 characters' })
  tenant?: string;

  @ApiProperty({ type: String, minLength: 1, maxLength: 200, example: 'On-call webhook' })
  @IsName()
  name: string;

  @ApiProperty({
    type: [String],
    description: 'Event types, prefixes (`incident.*`) or `*`.',
    example: ['incident.created', 'maintenance.*'],
  })
  @IsEventPatterns()
  eventTypes: string[];

  @ApiProperty({ type: String, example: 'webhook' })
  @IsProviderId()
  provider: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Fits the provider’s `configSchema`. Secrets in it are never answered.',
    example: { url: 'https://example.com/hooks' },
  })
  @IsConfig()
  config: Record<string, unknown>;

  @ApiPropertyOptional({
    type: String,
    writeOnly: true,
    description: 'A Standard Webhooks secret of your own. Left out: made anew.',
  })
  @Omittable()
  @Matches(/^wh(sec|sk)_[A-Za-z0-9+/]{1,400}={0,2}$/, {
    message: 'must be whsec_ (HMAC) or whsk_ (Ed25519) followed by base64',
  })
  signingSecret?: string;
}

export function toCreateSubscription(dto: CreateSubscriptionDto): CreateSubscription {
  return {
    tenant: dto.tenant,
    name: dto.name,
    description: dto.description,
    eventTypes: dto.eventTypes,
    provider: dto.provider,
    config: dto.config,
    connectionId: dto.connectionId,
    filter: dto.filter,
    retryPolicy: dto.retryPolicy,
    timeoutMs: dto.timeoutMs,
    limits: dto.limits,
    ordering: dto.ordering,
    threadKey: dto.threadKey,
    transform: dto.transform,
    enabled: dto.enabled,
    signingSecret: dto.signingSecret,
  };
}
