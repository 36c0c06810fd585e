import { randomBytes } from 'node:crypto';
import { newId } from '@nest-integrations/common';
import { ConfigChecker } from '../configs/config.checker.js';
import { ConfigSecrets, secretTexts, type ShownConfig } from '../configs/config.secrets.js';
import { DeliveryDispatcher, type DispatchResult } from '../deliveries/delivery.dispatcher.js';
import type { DeliveredEvent } from '../events/delivered-event.js';
import { OutboundHttp, type OutboundHttpOptions } from '../http/outbound-http.js';
import { RecordedHttp } from '../http/recorded-http.js';
import { UpstreamError } from '../integration.error.js';
import { OAuthAccess } from '../oauth/oauth.access.js';
import { OAuthServer } from '../oauth/oauth.server.js';
import type { ConnectionTest } from '../providers/connection-context.js';
import { parseConfig } from '../providers/config-schema.js';
import type { DeliveryProvider, DeliveryThread } from '../providers/delivery-provider.js';
import type { DeliveryOutcome } from '../providers/delivery-outcome.js';
import { integrationProviderOf } from '../providers/integration-provider.metadata.js';
import type { OptionPage } from '../providers/options-for.decorator.js';
import {
  ProviderRegistry,
  type BoundProvider,
  type RegisteredProvider,
} from '../providers/provider.registry.js';
import { thrownReason } from '../providers/thrown-reason.js';
import type { VersionedSchema } from '../providers/versioned.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { KeyRing } from '../secrets/key-ring.js';
import { SecretCipher } from '../secrets/secret-cipher.js';
import { newSigningSecret } from '../subscriptions/signing-secrets.js';
import type { SubscriptionRuntime } from '../subscriptions/subscription-runtime.js';
import { EventTransformer } from '../transformations/event.transformer.js';
import { DeliveryTracer } from '../telemetry/delivery.tracer.js';
import { IntegrationDurations } from '../telemetry/integration.durations.js';
import { TrialTokenKeeper } from './trial-token.keeper.js';

/** What came of one attempt. */
export interface TrialResult extends DispatchResult {
  readonly outcome: DeliveryOutcome;
}

/** Config and connection as an admin gives them. */
export interface TrialSetup {
  readonly config: unknown;
  /** Left out: none. */
  readonly connection?: unknown;
  /** What an admin's sign-in gave, for providers that act for a person (OAuth 2). */
  readonly accessToken?: string;
}

/** What became of a config that was saved. */
export interface TrialConfig {
  /** Parsed, its defaults applied. */
  readonly parsed: unknown;
  /** As the database holds it, as JSON text: its secrets encrypted. */
  readonly stored: string;
  /** Read from the database again. */
  readonly read: unknown;
  /** As an admin sees it, and where its secrets are. */
  readonly shown: ShownConfig;
  /** Saved again as it was shown, its secrets left out. */
  readonly kept: unknown;
}

export interface TrialAttempt {
  readonly event: DeliveredEvent;
  /** From 1. Default 1. */
  readonly attempt?: number;
  readonly thread?: DeliveryThread | null;
  /** Default 10 000. */
  readonly timeoutMs?: number;
}

export interface TrialOptionsQuery {
  readonly field: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly search?: string;
  readonly cursor?: string;
}

const TRIAL_ID = '01990000-0000-7000-8000-000000000000';

/**
 * One provider, without an app and a database around it: configs are checked, sealed and read, and
 * attempts are made, recorded and judged by the same parts as in the engine. For tests of providers.
 */
export class ProviderTrial {
  private readonly secrets = new ConfigSecrets(new SecretCipher(new KeyRing([newKey()])));
  private readonly checker: ConfigChecker;
  private readonly http: OutboundHttp;
  private readonly dispatcher: DeliveryDispatcher;
  private readonly tokens: TrialTokenKeeper;
  private readonly oauth: OAuthAccess;
  private readonly bound: BoundProvider;
  private readonly signingSecrets = [newSigningSecret()];

  /** @throws TypeError where the instance is no provider that an app would start with */
  constructor(instance: DeliveryProvider, options: OutboundHttpOptions = {}) {
    const owner = instance.constructor;
    const declared = integrationProviderOf(owner);
    if (!declared) throw new TypeError(`${owner.name} has no @IntegrationProvider of its own`);
    const registry = new ProviderRegistry();
    const problem = registry.add(declared, instance, owner.name);
    if (problem !== null) throw new TypeError(problem);
    this.bound = registry.get(declared.id);
    this.http = new OutboundHttp(options);
    this.checker = new ConfigChecker(this.secrets, this.http);
    const server = new OAuthServer(this.http);
    this.tokens = new TrialTokenKeeper(server);
    this.oauth = new OAuthAccess(registry, this.tokens, server);
    const tracer = new DeliveryTracer({ telemetry: { propagateTrace: false } });
    this.dispatcher = new DeliveryDispatcher(
      registry,
      this.http,
      tracer,
      new IntegrationDurations(),
      this.oauth,
      new EventTransformer(),
    );
  }

  get provider(): RegisteredProvider {
    return this.bound;
  }

  /** Fields of the config whose values can be listed. */
  get optionFields(): string[] {
    return [...this.bound.optionFields.keys()];
  }

  get canTestConnections(): boolean {
    return this.bound.instance.testConnection !== undefined;
  }

  /** @throws InvalidInputError naming each field that is wrong */
  config(given: unknown, hasConnection = this.bound.connection !== null): TrialConfig {
    const { instance, config: versioned, configSchema: jsonSchema } = this.bound;
    return this.saved({
      owner: 'subscription:trial',
      versioned,
      jsonSchema,
      given,
      validate: (config) => instance.validate?.(config, { hasConnection }) ?? [],
    });
  }

  /** @throws InvalidInputError naming each field that is wrong; TypeError where the provider has none */
  connection(given: unknown): TrialConfig {
    const { connection, id } = this.bound;
    if (!connection) throw new TypeError(`'${id}' has no connections`);
    const { versioned, jsonSchema } = connection;
    return this.saved({ owner: 'connection:trial', versioned, jsonSchema, given });
  }

  /** One attempt, as a worker makes it. */
  async attempt(setup: TrialSetup, attempt: TrialAttempt): Promise<TrialResult> {
    const { event, thread = null, timeoutMs = 10_000 } = attempt;
    const dispatched = this.dispatcher.dispatch({
      deliveryId: newId(),
      attempt: attempt.attempt ?? 1,
      isReplay: false,
      isTest: false,
      event,
      subscription: this.runtimeOf(setup, timeoutMs),
      thread,
    });
    const timer = setTimeout(
      () => dispatched.abort('the provider did not end in time'),
      Math.max(0, dispatched.deadline - performance.now()),
    );
    try {
      const { outcome, ...result } = await dispatched.result;
      if (outcome.kind === 'cancelled') throw new TypeError('a trial has no transformation');
      return { ...result, outcome };
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws UpstreamError with what a form would show */
  async options(setup: TrialSetup, query: TrialOptionsQuery): Promise<OptionPage> {
    const field = this.bound.optionFields.get(query.field);
    if (!field) throw new TypeError(`'${this.bound.id}' lists no options for '${query.field}'`);
    const { values = {}, search = '', cursor } = query;
    const calling = this.calling(setup);
    const context = { ...calling, values, search };
    try {
      return await field.list(cursor === undefined ? context : { ...context, cursor });
    } catch (error) {
      throw new UpstreamError(calling.http.redact(thrownReason(error)));
    }
  }

  /** @throws TypeError where the provider can't test its connections */
  async testConnection(
    given: unknown,
    { accessToken }: Pick<TrialSetup, 'accessToken'> = {},
  ): Promise<ConnectionTest> {
    const { instance, id } = this.bound;
    if (!instance.testConnection) throw new TypeError(`'${id}' can't test its connections`);
    const calling = this.calling({
      config: undefined,
      connection: given,
      ...(accessToken !== undefined && { accessToken }),
    });
    try {
      const { ok, message } = await instance.testConnection(calling);
      return { ok, message: calling.http.redact(message) };
    } catch (error) {
      return { ok: false, message: calling.http.redact(thrownReason(error)) };
    }
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  private saved(given: {
    readonly owner: string;
    readonly versioned: VersionedSchema;
    readonly jsonSchema: JsonSchema;
    readonly given: unknown;
    readonly validate?: (config: unknown) => readonly { field: string; message: string }[];
  }): TrialConfig {
    const { owner, versioned, jsonSchema, validate } = given;
    const form = { versioned, jsonSchema, ...(validate && { validate }) };
    const parsed = this.checker.check(form, given.given);
    const stored = JSON.stringify(this.secrets.seal(owner, parsed, jsonSchema));
    const row: unknown = JSON.parse(stored);
    const { version } = versioned;
    const read = parseConfig(versioned, { config: this.secrets.open(owner, row), version });
    const shown = this.secrets.show(row, jsonSchema);
    const again = this.checker.withKept(form, { owner, config: row, version }, shown.config);
    return {
      parsed,
      stored,
      read: read.ok ? read.config : read.problems,
      shown,
      kept: this.checker.check(form, again),
    };
  }

  private runtimeOf(setup: TrialSetup, timeoutMs: number): SubscriptionRuntime {
    const hasConnection = setup.connection !== undefined;
    this.tokens.granted = setup.accessToken;
    const { parsed } = this.config(setup.config, hasConnection);
    const { account, secretValues } = this.accountOf(setup);
    const signs = this.bound.signing !== 'none';
    return {
      id: TRIAL_ID,
      name: 'Trial',
      tenant: 'default',
      revision: 1,
      provider: this.bound.id,
      config: parsed,
      connectionId: hasConnection ? TRIAL_ID : null,
      connection: account,
      signingSecrets: signs ? this.signingSecrets : [],
      secretValues: [...secretTexts(parsed, this.bound.configSchema), ...secretValues],
      retryPolicy: 'default',
      timeoutMs,
      limits: null,
      threadKey: null,
      transform: null,
    };
  }

  private accountOf({ connection }: TrialSetup): {
    readonly account: unknown;
    readonly secretValues: readonly string[];
  } {
    if (connection === undefined) return { account: undefined, secretValues: [] };
    const account = this.connection(connection).parsed;
    return { account, secretValues: secretTexts(account, this.bound.connection?.jsonSchema ?? {}) };
  }

  /** All but what only options have. */
  private calling(setup: TrialSetup) {
    const timeoutMs = 10_000;
    const { account, secretValues } = this.accountOf(setup);
    this.tokens.granted = setup.accessToken;
    const http = new RecordedHttp({ http: this.http, timeoutMs, secretValues });
    const of = { provider: this.bound.id, connection: account, connectionId: TRIAL_ID };
    return {
      connection: account,
      http,
      oauth: this.oauth.ofTest(of, http),
      sockets: this.http.sockets,
      signal: AbortSignal.timeout(timeoutMs),
    };
  }
}

function newKey(): { id: string; key: string } {
  return { id: 'trial', key: randomBytes(32).toString('base64') };
}
