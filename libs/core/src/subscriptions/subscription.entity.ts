import type { DeliveryLimits, DeliveryOrdering, RetryPolicy } from '@nest-integrations/common';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A signing secret as it is stored, encrypted. */
export interface StoredSigningSecret {
  readonly id: string;
  readonly kind: 'hmac' | 'ed25519';
  readonly publicKey: string | null;
  readonly encrypted: string;
  readonly expiresAt: string | null;
}

@Entity({ name: 'integration_subscriptions' })
export class SubscriptionEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text', { default: '' })
  tenant: string;

  @Column('text')
  name: string;

  @Column('text', { nullable: true })
  description: string | null;

  @Column('text')
  provider: string;

  @Column('text', { name: 'event_types', array: true })
  eventTypes: string[];

  @Column('json', { nullable: true })
  filter: Record<string, unknown> | null;

  /** Its secrets encrypted. */
  @Column('json')
  config: unknown;

  @Column('integer', { name: 'config_version' })
  configVersion: number;

  /** Why it can't be used as it is stored; null: it can, as far as is known. */
  @Column('text', { name: 'config_problem', nullable: true })
  configProblem: string | null;

  @Column('uuid', { name: 'connection_id', nullable: true })
  connectionId: string | null;

  @Column('json', { name: 'signing_secrets' })
  signingSecrets: StoredSigningSecret[];

  @Column('json', { name: 'retry_policy' })
  retryPolicy: RetryPolicy;

  @Column('integer', { name: 'timeout_ms', nullable: true })
  timeoutMs: number | null;

  @Column('json', { nullable: true })
  limits: DeliveryLimits | null;

  @Column('json', { nullable: true })
  ordering: DeliveryOrdering | null;

  @Column('text', { name: 'thread_key', nullable: true })
  threadKey: string | null;

  /** JavaScript. */
  @Column('text', { nullable: true })
  transform: string | null;

  @Column('boolean', { default: true })
  enabled: boolean;

  @Column('text', { name: 'disabled_reason', nullable: true })
  disabledReason: string | null;

  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt: Date | null;

  @Column('integer', { default: 1 })
  revision: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
