import {
  CIRCUIT_STATES,
  type CircuitState,
  type DeliveryLimits,
  type DeliveryOrdering,
  type RetryPolicy,
} from '@nest-integrations/common';
import {
  SUBSCRIPTION_STATES,
  type CountedPage,
  type Subscription,
  type SubscriptionState,
} from '@nest-integrations/core';
import { ApiProperty } from '@nestjs/swagger';
import { LIMITS_PROPERTY, ORDERING_PROPERTY } from './limits.schema.js';
import { RETRY_POLICY_PROPERTY } from './retry-policy.schema.js';
import { SigningSecretInfoDto, toSigningSecretInfoDto } from './signing-secret.dto.js';

export class SubscriptionDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, nullable: true, description: '`null` in a single-tenant app.' })
  tenant: string | null;

  @ApiProperty({ type: String, example: 'On-call webhook' })
  name: string;

  @ApiProperty({ type: String, nullable: true })
  description: string | null;

  @ApiProperty({ type: [String], example: ['incident.created', 'maintenance.*'] })
  eventTypes: string[];

  @ApiProperty({ type: String, example: 'webhook' })
  provider: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'As stored, less its secrets.',
    example: { url: 'https://example.com/hooks' },
  })
  config: unknown;

  @ApiProperty({ type: 'integer', example: 1 })
  configVersion: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why the running version of its provider can’t use the config; `null`: it can.',
  })
  configProblem: string | null;

  @ApiProperty({
    type: [String],
    description: 'Paths of the secrets that are set.',
    example: ['auth.token'],
  })
  configSecrets: string[];

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  connectionId: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  filter: Readonly<Record<string, unknown>> | null;

  @ApiProperty(RETRY_POLICY_PROPERTY)
  retryPolicy: RetryPolicy;

  @ApiProperty({ type: 'integer', nullable: true })
  timeoutMs: number | null;

  @ApiProperty(LIMITS_PROPERTY)
  limits: DeliveryLimits | null;

  @ApiProperty(ORDERING_PROPERTY)
  ordering: DeliveryOrdering | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Template of the thread that an event belongs to; `null`: no threads.',
  })
  threadKey: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'JavaScript, `(event) => body | null`; `null`: the payload stays as it is.',
  })
  transform: string | null;

  @ApiProperty({
    enum: CIRCUIT_STATES,
    description:
      '`open`: the receiver keeps failing and its deliveries wait, using up no attempts; `half_open`: one is on its way to see whether it is back.',
  })
  circuit: CircuitState;

  @ApiProperty({
    enum: SUBSCRIPTION_STATES,
    enumName: 'SubscriptionState',
    description: 'The worst that is true: disabled, then an open circuit, then failing.',
  })
  state: SubscriptionState;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'No attempt has succeeded since; `null`: it does not fail.',
  })
  failingSince: string | null;

  @ApiProperty({ type: Boolean })
  enabled: boolean;

  @ApiProperty({ type: String, nullable: true })
  disabledReason: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  disabledAt: string | null;

  @ApiProperty({ type: [SigningSecretInfoDto] })
  signingSecrets: SigningSecretInfoDto[];

  @ApiProperty({ type: 'integer', description: 'Grows with each change.' })
  revision: number;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: string;
}

export class SubscriptionPageDto {
  @ApiProperty({ type: [SubscriptionDto] })
  items: SubscriptionDto[];

  @ApiProperty({ type: String, nullable: true, description: '`null`: this was the last page.' })
  nextCursor: string | null;

  @ApiProperty({ type: 'integer', description: 'How many there are in all, filters applied.' })
  total: number;
}

/** Names every field that leaves. */
export function toSubscriptionDto(subscription: Subscription): SubscriptionDto {
  return {
    id: subscription.id,
    tenant: subscription.tenant,
    name: subscription.name,
    description: subscription.description,
    eventTypes: [...subscription.eventTypes],
    provider: subscription.provider,
    config: subscription.config,
    configVersion: subscription.configVersion,
    configProblem: subscription.configProblem,
    configSecrets: [...subscription.configSecrets],
    connectionId: subscription.connectionId,
    filter: subscription.filter,
    retryPolicy: subscription.retryPolicy,
    timeoutMs: subscription.timeoutMs,
    limits: subscription.limits,
    ordering: subscription.ordering,
    threadKey: subscription.threadKey,
    transform: subscription.transform,
    circuit: subscription.circuit,
    state: subscription.state,
    failingSince: subscription.failingSince?.toISOString() ?? null,
    enabled: subscription.enabled,
    disabledReason: subscription.disabledReason,
    disabledAt: subscription.disabledAt?.toISOString() ?? null,
    signingSecrets: subscription.signingSecrets.map(toSigningSecretInfoDto),
    revision: subscription.revision,
    createdAt: subscription.createdAt.toISOString(),
    updatedAt: subscription.updatedAt.toISOString(),
  };
}

export function toSubscriptionPageDto(page: CountedPage<Subscription>): SubscriptionPageDto {
  return {
    items: page.items.map(toSubscriptionDto),
    nextCursor: page.nextCursor,
    total: page.total,
  };
}
