import type { DeliveredEvent } from '../events/delivered-event.js';
import type { RecordedHttp } from '../http/recorded-http.js';
import { SecretValues } from '../http/secret-values.js';
import type { SocketClient } from '../http/socket-client.js';
import type { ToldExchange } from '../http/told-exchange.js';
import type { OAuthTokens } from '../oauth/oauth-tokens.js';
import type { DeliveryContext, DeliveryThread } from '../providers/delivery-provider.js';
import type { SubscriptionRuntime } from '../subscriptions/subscription-runtime.js';
import { AttemptNotes } from './attempt-notes.js';

/** What one attempt is to send, and to whom. */
export interface AttemptRequest {
  readonly deliveryId: string;
  readonly attempt: number;
  readonly isReplay: boolean;
  readonly isTest: boolean;
  readonly event: DeliveredEvent;
  readonly subscription: SubscriptionRuntime;
  readonly thread: DeliveryThread | null;
}

/** An attempt's doors to the outside. */
export interface AttemptDoors {
  readonly http: RecordedHttp;
  readonly sockets: SocketClient;
  readonly oauth: {
    ofSubscription(subscription: SubscriptionRuntime, http: RecordedHttp): OAuthTokens;
  };
}

const NONE: readonly never[] = [];

/** The context that a provider sees; what is costly is made when it is asked for. */
export class AttemptContext implements DeliveryContext<unknown> {
  readonly delivery: DeliveryContext<unknown>['delivery'];
  /** As accepted, or what its subscription's transformation made of it. */
  event: DeliveredEvent;
  private controller: AbortController | null = null;
  private abortedWith: Error | null = null;
  private stop: ((reason: Error) => void) | null = null;
  private tokens: OAuthTokens | null = null;
  private noted: AttemptNotes | null = null;
  private toldExchanges: ToldExchange[] | null = null;

  constructor(
    readonly request: AttemptRequest,
    private readonly doors: AttemptDoors,
  ) {
    const { deliveryId: id, attempt, isReplay, isTest } = request;
    this.delivery = { id, attempt, isReplay, isTest };
    this.event = request.event;
  }

  get http(): RecordedHttp {
    return this.doors.http;
  }

  get sockets(): SocketClient {
    return this.doors.sockets;
  }

  get oauth(): OAuthTokens {
    return (this.tokens ??= this.doors.oauth.ofSubscription(this.request.subscription, this.http));
  }

  /** That and no more: a provider that sends it on sends no secret with it. */
  get subscription(): DeliveryContext<unknown>['subscription'] {
    const { id, name } = this.request.subscription;
    return { id, name };
  }

  get thread(): DeliveryThread | null {
    return this.request.thread;
  }

  get config(): unknown {
    return this.request.subscription.config;
  }

  get connection(): unknown {
    return this.request.subscription.connection;
  }

  get signingSecrets(): SubscriptionRuntime['signingSecrets'] {
    return this.request.subscription.signingSecrets;
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.abortedWith) this.controller.abort(this.abortedWith);
    return this.controller.signal;
  }

  readonly tell = (exchange: ToldExchange): void => {
    this.toldExchanges ??= [];
    this.toldExchanges.push(exchange);
  };

  /** Exchanges that the provider told. */
  get told(): readonly ToldExchange[] {
    return this.toldExchanges ?? NONE;
  }

  readonly note = (line: string): void => {
    this.noted ??= new AttemptNotes();
    this.noted.add(line, SecretValues.of(this.http.secretValues));
  };

  get notes(): readonly string[] {
    return this.noted?.lines ?? NONE;
  }

  abort(reason: string): void {
    if (this.abortedWith) return;
    this.abortedWith = new AttemptAbortedError(reason);
    this.http.abort(reason);
    this.controller?.abort(this.abortedWith);
    this.stop?.(this.abortedWith);
  }

  /** `work`, or a rejection when the attempt is aborted, however long `work` goes on. */
  orAborted<Value>(work: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.stop = reject;
      if (this.abortedWith) reject(this.abortedWith);
      work.then(resolve, reject);
    });
  }
}

/** The attempt ran out of time or lost its lease. */
export class AttemptAbortedError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'AttemptAborted';
  }
}
