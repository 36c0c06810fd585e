import type { UpdateSubscription } from '@nest-integrations/core';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Omittable } from '../requests/field.decorators.js';
import {
  IsConfig,
  IsEventPatterns,
  IsName,
  IsProviderId,
  IsRevision,
  SubscriptionFieldsDto,
} from './subscription-fields.dto.js';

/** What is left out stays; `null` clears, where a field allows it. */
export class UpdateSubscriptionDto extends SubscriptionFieldsDto {
  @IsRevision()
  revision?: number;

  @ApiPropertyOptional({ type: String, minLength: 1, maxLength: 200 })
  @Omittable()
  @IsName()
  name?: string;

  @ApiPropertyOptional({ type: [String], description: 'Replaces the whole list.' })
  @Omittable()
  @IsEventPatterns()
  eventTypes?: string[];

  @ApiPropertyOptional({ type: String, description: 'Only together with `config`.' })
  @Omittable()
  @IsProviderId()
  provider?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Replaces the config. A secret that is left out stays; one given as `null` is cleared.',
  })
  @Omittable()
  @IsConfig()
  config?: Record<string, unknown>;
}

/** Names only what was sent: for core, too, a field that is not there stays as it is. */
export function toUpdateSubscription(dto: UpdateSubscriptionDto): UpdateSubscription {
  return {
    ...(dto.revision !== undefined && { revision: dto.revision }),
    ...(dto.name !== undefined && { name: dto.name }),
    ...(dto.description !== undefined && { description: dto.description }),
    ...(dto.eventTypes !== undefined && { eventTypes: dto.eventTypes }),
    ...(dto.provider !== undefined && { provider: dto.provider }),
    ...(dto.config !== undefined && { config: dto.config }),
    ...(dto.connectionId !== undefined && { connectionId: dto.connectionId }),
    ...(dto.filter !== undefined && { filter: dto.filter }),
    ...(dto.retryPolicy !== undefined && { retryPolicy: dto.retryPolicy }),
    ...(dto.timeoutMs !== undefined && { timeoutMs: dto.timeoutMs }),
    ...(dto.limits !== undefined && { limits: dto.limits }),
    ...(dto.ordering !== undefined && { ordering: dto.ordering }),
    ...(dto.threadKey !== undefined && { threadKey: dto.threadKey }),
    ...(dto.transform !== undefined && { transform: dto.transform }),
    ...(dto.enabled !== undefined && { enabled: dto.enabled }),
  };
}
