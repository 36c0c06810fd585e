import type { RetryPolicy } from '@nest-integrations/common';
import type { FieldProblem } from '../api/problem';
import type { Provider, Subscription } from '../api/types';
import { configToSend } from '../schema-form/config-to-send';
import type { FormSchema } from '../schema-form/form-schema';
import { initialConfig } from '../schema-form/initial-config';
import { withoutSecrets } from '../schema-form/without-secrets';

type Filter = Readonly<Record<string, unknown>>;

/** A subscription as its form holds it. */
export interface SubscriptionDraft {
  readonly name: string;
  readonly description: string;
  readonly eventTypes: readonly string[];
  /** The provider's id; `null`: not chosen yet. */
  readonly provider: string | null;
  readonly connectionId: string | null;
  readonly config: unknown;
  readonly filter: Filter | null;
  /** JavaScript; '': the payload is sent as it is. */
  readonly transform: string;
  readonly retryPolicy: RetryPolicy;
  readonly timeoutMs: number | null;
  readonly limits: Subscription['limits'];
  readonly ordering: Subscription['ordering'];
  readonly threadKey: string;
  readonly enabled: boolean;
}

export const EMPTY_DRAFT: SubscriptionDraft = {
  name: '',
  description: '',
  eventTypes: [],
  provider: null,
  connectionId: null,
  config: {},
  filter: null,
  transform: '',
  retryPolicy: 'default',
  timeoutMs: null,
  limits: null,
  ordering: null,
  threadKey: '',
  enabled: true,
};

export function draftOf(subscription: Subscription): SubscriptionDraft {
  return {
    name: subscription.name,
    description: subscription.description ?? '',
    eventTypes: subscription.eventTypes,
    provider: subscription.provider,
    connectionId: subscription.connectionId,
    config: subscription.config,
    filter: subscription.filter,
    transform: subscription.transform ?? '',
    retryPolicy: subscription.retryPolicy,
    timeoutMs: subscription.timeoutMs,
    limits: subscription.limits,
    ordering: subscription.ordering,
    threadKey: subscription.threadKey ?? '',
    enabled: subscription.enabled,
  };
}

/** With another provider, nothing of the one before is kept that only that one understood. */
export function withProvider(draft: SubscriptionDraft, provider: Provider): SubscriptionDraft {
  if (draft.provider === provider.id) return draft;
  return {
    ...draft,
    provider: provider.id,
    connectionId: null,
    config: initialConfig(schemaOf(provider)) ?? {},
    threadKey: provider.hasThreads ? draft.threadKey : '',
  };
}

/** What the server can't judge before there is a provider. */
export function missingIn({ name, eventTypes, provider }: SubscriptionDraft): FieldProblem[] {
  const missing: FieldProblem[] = [];
  if (name.trim() === '') missing.push({ field: 'name', message: 'is needed' });
  if (eventTypes.length === 0) {
    missing.push({ field: 'eventTypes', message: 'choose at least one event' });
  }
  if (provider === null) missing.push({ field: 'provider', message: 'choose where they are sent' });
  return missing;
}

/** What the API takes, for making and for changing. `null` clears. */
export function requestOf(draft: SubscriptionDraft, provider: Provider) {
  return {
    name: draft.name.trim(),
    description: textOrNull(draft.description),
    eventTypes: [...draft.eventTypes],
    provider: provider.id,
    connectionId: provider.connection ? draft.connectionId : null,
    config: { ...Object(configToSend(schemaOf(provider), draft.config)) } as Record<
      string,
      unknown
    >,
    filter: draft.filter,
    transform: textOrNull(draft.transform),
    retryPolicy: draft.retryPolicy,
    timeoutMs: draft.timeoutMs,
    limits: draft.limits,
    ordering: draft.ordering,
    threadKey: provider.hasThreads ? textOrNull(draft.threadKey) : null,
    enabled: draft.enabled,
  };
}

/** Fit to be kept in the browser until the reader comes back: no secret is in it. */
export function keepable(draft: SubscriptionDraft, provider: Provider | null): SubscriptionDraft {
  return provider
    ? { ...draft, config: withoutSecrets(schemaOf(provider), draft.config) }
    : { ...draft, config: {} };
}

export function schemaOf(provider: Provider): FormSchema {
  return provider.configSchema;
}

function textOrNull(text: string): string | null {
  return text.trim() === '' ? null : text;
}
