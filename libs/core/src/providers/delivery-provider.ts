import type { ConnectionContext, ConnectionTest } from './connection-context.js';
import type { HttpClient } from '../http/http-client.js';
import type { SocketClient } from '../http/socket-client.js';
import type { ToldExchange } from '../http/told-exchange.js';
import type { SigningSecret } from '../subscriptions/signing-secret.js';
import type { DeliveredEvent } from '../events/delivered-event.js';
import type { OAuthTokens } from '../oauth/oauth-tokens.js';
import type { DeliveryOutcome } from './delivery-outcome.js';

/**
 * The conversation, ticket or alert that an event belongs to. Deliveries of one thread are attempted
 * one after the other, in accept order.
 */
export interface DeliveryThread {
  /** As the subscription's template renders it: `INC-42`. */
  readonly key: string;
  /** What the first delivery answered as `externalId`; `null`: this one opens the thread. */
  readonly externalId: string | null;
  readonly externalUrl: string | null;
}

/** All that a provider may know and use while it makes one attempt. */
export interface DeliveryContext<Config, Account = unknown> {
  /** What happened. Its id is the same over every retry and replay: deduplicate by it. */
  readonly event: DeliveredEvent;
  readonly delivery: {
    readonly id: string;
    /** From 1, counted over the delivery's whole life. */
    readonly attempt: number;
    readonly isReplay: boolean;
    /** Sent by an admin to try the subscription out; nothing happened in the platform. */
    readonly isTest: boolean;
  };
  readonly subscription: { readonly id: string; readonly name: string };
  /** `null`: the subscription has no threads, or this event belongs to none, or it is a test. */
  readonly thread: DeliveryThread | null;
  /** Parsed by the provider's schema, secrets in clear. One object for a revision: cache by it. */
  readonly config: Config;
  /**
   * Of the connection that the subscription names, parsed, secrets in clear; `undefined` where it
   * names none. One object for a revision: cache by it.
   */
  readonly connection: Account;
  /** Those that sign now, the current one first. One array for a revision: cache by it. */
  readonly signingSecrets: readonly SigningSecret[];
  /** Guarded, pooled, recorded: what goes through it is what the attempt's log shows. */
  readonly http: HttpClient;
  /** For protocols other than HTTP: as guarded, kept by whoever opens them. */
  readonly sockets: SocketClient;
  /** Shows an exchange that was not HTTP in the attempt's log, redacted; the last one told stands. */
  readonly tell: (exchange: ToldExchange) => void;
  /** Of the OAuth client that `@IntegrationProvider({ oauth })` declares. */
  readonly oauth: OAuthTokens;
  /** Keeps a line with the attempt, for admins to read: redacted, cut to 16 KiB in all. */
  readonly note: (line: string) => void;
  /** Aborts when the attempt's time is over or its lease is lost. */
  readonly signal: AbortSignal;
}

/**
 * Delivers to one kind of external system. `deliver` returns what the outside answered; it throws
 * only where something unforeseen happens, which counts as a failed attempt that is retried; a
 * `TemplateError` rejects.
 */
export interface DeliveryProvider<Config = unknown, Account = unknown> {
  deliver(context: DeliveryContext<Config, Account>): Promise<DeliveryOutcome>;
  /**
   * For a provider that sends by anything but `context.http`: tells (`context.tell`, without a
   * response) what `deliver` would send, and sends nothing. A dry run calls it instead of `deliver`.
   * Returns an outcome where `deliver` would end with it before anything is sent.
   */
  preview?(context: DeliveryContext<Config, Account>): Promise<DeliveryOutcome | void>;
  /**
   * Checks that the schema can't express, when a subscription is saved. Returns one message per
   * field, paths below the config (`auth.token`).
   */
  validate?(
    config: Config,
    subscription: { readonly hasConnection: boolean },
  ): readonly { field: string; message: string }[];
  /**
   * Asks the outside whether a connection works, changing nothing there. What it throws is a failed
   * test, its message shown.
   */
  testConnection?(context: ConnectionContext<Account>): Promise<ConnectionTest>;
}
