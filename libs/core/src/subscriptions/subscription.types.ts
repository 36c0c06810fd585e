import type {
  CircuitState,
  DeliveryLimits,
  DeliveryOrdering,
  RetryPolicy,
} from '@nest-integrations/common';

export type { CountedPage, Page } from '../paging/page.js';
export type { TenantScope } from '../tenants/tenant-scope.js';

export const SUBSCRIPTION_STATES = ['healthy', 'failing', 'circuit-open', 'disabled'] as const;
/** The worst that is true of it: disabled, then an open circuit, then failing. */
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** A subscription as admins see it. No secret value is in it. */
export interface Subscription {
  readonly id: string;
  /** `null` in a single-tenant app. */
  readonly tenant: string | null;
  readonly name: string;
  readonly description: string | null;
  /** Exact event types, `prefix.*`, or `*`. */
  readonly eventTypes: readonly string[];
  readonly provider: string;
  /** As stored, less its secrets. */
  readonly config: unknown;
  readonly configVersion: number;
  /** Why the running version of its provider can’t use the config as it is stored; `null`: it can. */
  readonly configProblem: string | null;
  /** Paths of the secrets that are set: `['auth.token']`. */
  readonly configSecrets: readonly string[];
  /** The connection that it delivers by; `null`: none. */
  readonly connectionId: string | null;
  /** Conditions on the payload, Mongo style; `null`: every event of its types. */
  readonly filter: Readonly<Record<string, unknown>> | null;
  readonly retryPolicy: RetryPolicy;
  /** Longest one attempt may take; `null`: the provider's own. */
  readonly timeoutMs: number | null;
  /** `null`: none. */
  readonly limits: DeliveryLimits | null;
  /** `null`: deliveries go out side by side, in no order. */
  readonly ordering: DeliveryOrdering | null;
  /**
   * Template of the thread that an event belongs to (`{{ payload.incidentId }}`): what is delivered for
   * one thread joins what its first delivery opened, one at a time, in accept order. `null`: no threads.
   */
  readonly threadKey: string | null;
  /**
   * JavaScript of a function `(event) => body | null`: what it returns is delivered as the payload;
   * `null`: the event is not for this subscription. `null` here: the payload stays as it is.
   */
  readonly transform: string | null;
  /** `open`: its receiver keeps failing, and its deliveries wait. */
  readonly circuit: CircuitState;
  readonly state: SubscriptionState;
  /** No attempt has succeeded since; `null`: it does not fail. */
  readonly failingSince: Date | null;
  readonly enabled: boolean;
  readonly disabledReason: string | null;
  readonly disabledAt: Date | null;
  readonly signingSecrets: readonly SigningSecretInfo[];
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface SigningSecretInfo {
  readonly id: string;
  readonly kind: 'hmac' | 'ed25519';
  /** `whpk_…`, only for Ed25519: this one is public. */
  readonly publicKey: string | null;
  readonly expiresAt: string | null;
}

export interface CreateSubscription {
  readonly tenant?: string;
  readonly name: string;
  readonly description?: string | null;
  readonly eventTypes: readonly string[];
  readonly provider: string;
  readonly config: unknown;
  /** A connection of the same provider and tenant. */
  readonly connectionId?: string | null;
  readonly filter?: Readonly<Record<string, unknown>> | null;
  readonly retryPolicy?: RetryPolicy;
  readonly timeoutMs?: number | null;
  readonly limits?: DeliveryLimits | null;
  readonly ordering?: DeliveryOrdering | null;
  /** Only for a provider that has threads. Orders its deliveries by thread. */
  readonly threadKey?: string | null;
  /** See `Subscription.transform`. */
  readonly transform?: string | null;
  readonly enabled?: boolean;
  /** `whsec_…` or `whsk_…`; made anew where it is left out. */
  readonly signingSecret?: string;
}

/**
 * What is left out stays; `null` clears. In `config`, a secret that is left out stays while its
 * place does, and a secret given as `null` is cleared.
 */
export type UpdateSubscription = Partial<
  Omit<CreateSubscription, 'tenant' | 'provider' | 'signingSecret'>
> & {
  /** The one that the change was begun from: where it is another by now, nothing is written. */
  readonly revision?: number;
  /** Only together with `config`: another provider's fields can't be kept. */
  readonly provider?: string;
};

export interface ListSubscriptions {
  readonly search?: string;
  readonly eventType?: string;
  readonly provider?: string;
  readonly connectionId?: string;
  readonly enabled?: boolean;
  readonly state?: SubscriptionState;
  /** Whether their config, or that of their connection, is one that can’t be used. */
  readonly hasConfigProblem?: boolean;
  readonly sort?: 'name' | 'createdAt' | 'updatedAt';
  readonly order?: 'asc' | 'desc';
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  /** Opaque, from the page before. */
  readonly cursor?: string;
}

export interface RotateSigningSecret {
  /** How long the old secrets go on signing beside the new one. Default 24 hours; 0: not at all. */
  readonly overlapSeconds?: number;
  readonly kind?: 'hmac' | 'ed25519';
}
