import type { CircuitState } from '@nest-integrations/common';
import type { BoundProvider } from '../providers/provider.registry.js';
import type { SubscriptionEntity } from './subscription.entity.js';
import type { SubscriptionSecrets } from './subscription.secrets.js';
import type { Subscription, SubscriptionState } from './subscription.types.js';

/** How a subscription fares at the moment. */
export interface SubscriptionCondition {
  readonly circuit: CircuitState;
  readonly failingSince: Date | null;
}

interface ShownSubscription extends SubscriptionCondition {
  readonly row: SubscriptionEntity;
}

/** A row as admins see it. Names every field that it lets out; no secret is among them. */
export function toSubscription(
  { row, circuit, failingSince }: ShownSubscription,
  provider: BoundProvider | undefined,
  secrets: SubscriptionSecrets,
): Subscription {
  // Without its provider nobody knows which fields are secret: none is shown.
  const shown = provider
    ? secrets.show(row.config, provider.configSchema)
    : { config: null, secrets: [] };
  return {
    id: row.id,
    tenant: row.tenant || null,
    name: row.name,
    description: row.description,
    eventTypes: row.eventTypes,
    provider: row.provider,
    config: shown.config,
    configVersion: row.configVersion,
    configProblem: row.configProblem,
    configSecrets: shown.secrets,
    connectionId: row.connectionId,
    filter: row.filter,
    retryPolicy: row.retryPolicy,
    timeoutMs: row.timeoutMs,
    limits: row.limits,
    ordering: row.ordering,
    threadKey: row.threadKey,
    transform: row.transform,
    circuit,
    state: stateOf(row, { circuit, failingSince }),
    failingSince,
    enabled: row.enabled,
    disabledReason: row.disabledReason,
    disabledAt: row.disabledAt,
    signingSecrets: row.signingSecrets.map(({ id, kind, publicKey, expiresAt }) => ({
      id,
      kind,
      publicKey,
      expiresAt,
    })),
    revision: row.revision,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

function stateOf(
  { enabled }: SubscriptionEntity,
  { circuit, failingSince }: SubscriptionCondition,
): SubscriptionState {
  if (!enabled) return 'disabled';
  if (circuit !== 'closed') return 'circuit-open';
  return failingSince ? 'failing' : 'healthy';
}
