import { BullModule } from '@nestjs/bull';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import type { Pool } from 'pg';
import { AuditLog } from './audit/audit.log.js';
import { AuditTrail } from './audit/audit.trail.js';
import { AttemptRecorder } from './deliveries/attempt.recorder.js';
import { AttemptStore } from './deliveries/attempt.store.js';
import { CommitNotifier } from './deliveries/commit.notifier.js';
import { DeliveryCanceller } from './deliveries/delivery.canceller.js';
import { DeliveryDispatcher } from './deliveries/delivery.dispatcher.js';
import { DeliveryFinder } from './deliveries/delivery.finder.js';
import { DeliveryIntervention } from './deliveries/delivery.intervention.js';
import { DeliveryLoader } from './deliveries/delivery.loader.js';
import { DeliveryService } from './deliveries/delivery.service.js';
import { DeliverySweep } from './deliveries/delivery.sweep.js';
import { DeliveryUpkeep } from './deliveries/delivery.upkeep.js';
import { DeliveryWorker } from './deliveries/delivery.worker.js';
import { CircuitBreaker } from './deliveries/gate/circuit.breaker.js';
import { DeliveryGate } from './deliveries/gate/delivery.gate.js';
import { GateKeeper } from './deliveries/gate/gate.keeper.js';
import { GateNotices } from './deliveries/gate/gate.notices.js';
import { GateStore } from './deliveries/gate/gate.store.js';
import { EventAcceptor } from './deliveries/event.acceptor.js';
import { EventHistory } from './deliveries/event.history.js';
import { EventStore } from './deliveries/event.store.js';
import { EventWriter } from './deliveries/event.writer.js';
import { FailureNotices } from './deliveries/health/failure.notices.js';
import { HealthReader } from './deliveries/health/health.reader.js';
import { HealthStore } from './deliveries/health/health.store.js';
import { OperationalPublisher } from './deliveries/health/operational.publisher.js';
import { SubscriptionDisabler } from './deliveries/health/subscription.disabler.js';
import { SubscriptionHealth } from './deliveries/health/subscription.health.js';
import { IntegrationCounters } from './deliveries/integration.counters.js';
import { LeaseStore } from './deliveries/lease.store.js';
import { PayloadCache } from './deliveries/payload.cache.js';
import { EventReplayer } from './deliveries/replay/event.replayer.js';
import { MissedEvents } from './deliveries/replay/missed.events.js';
import { ReplayBatches } from './deliveries/replay/replay.batches.js';
import { ReplayRunner } from './deliveries/replay/replay.runner.js';
import { ReplayService } from './deliveries/replay/replay.service.js';
import { ReplayStore } from './deliveries/replay/replay.store.js';
import { OverviewReader } from './deliveries/overview.reader.js';
import { TrialEvents } from './deliveries/trial.events.js';
import { DryRun } from './previews/dry.run.js';
import { FilterPreviewer } from './previews/filter.previewer.js';
import { SubscriptionPreviewer } from './previews/subscription.previewer.js';
import { TemplatePreviewer } from './previews/template.previewer.js';
import { DraftOpener } from './subscriptions/draft.opener.js';
import { SubscriptionTester } from './deliveries/subscription.tester.js';
import { ConfigChecker } from './configs/config.checker.js';
import { ConfigUpkeep } from './deliveries/config.upkeep.js';
import { StoredConfigStore } from './deliveries/stored-config.store.js';
import { ConfigSecrets } from './configs/config.secrets.js';
import { ConnectionAuditor } from './connections/connection.auditor.js';
import { ConnectionService } from './connections/connection.service.js';
import { ConnectionStore } from './connections/connection.store.js';
import { ConnectionTester } from './connections/connection.tester.js';
import { OptionResolver } from './connections/option.resolver.js';
import { TransactionGate } from './deliveries/transaction.gate.js';
import { TransactionalAcceptor } from './deliveries/transactional.acceptor.js';
import { EventListener } from './events/event.listener.js';
import { EventTypeExplorer } from './events/event-type.explorer.js';
import { EventTypeRegistry } from './events/event-type.registry.js';
import {
  IntegrationFeatureModule,
  type IntegrationFeatureOptions,
} from './events/integration-feature.module.js';
import { OperationalEvents } from './events/operational-events.js';
import { IntegrationPublisher } from './events/integration.publisher.js';
import { DatabaseProbe } from './health/database.probe.js';
import { EngineState } from './health/engine.state.js';
import { ErasureNotices } from './history/erasure/erasure.notices.js';
import { ErasureRunner } from './history/erasure/erasure.runner.js';
import { ErasureService } from './history/erasure/erasure.service.js';
import { ErasureStore } from './history/erasure/erasure.store.js';
import { PayloadEraser } from './history/erasure/payload.eraser.js';
import { HistoryConnection } from './history/history.connection.js';
import { HistoryKeeper } from './history/history.keeper.js';
import { RetentionReader } from './history/retention.reader.js';
import { WorkerPresence } from './workers/worker.presence.js';
import { WorkerReader } from './workers/worker.reader.js';
import { HistoryRetention } from './history/history.retention.js';
import { OutboundHttp } from './http/outbound-http.js';
import { OAuthAccess } from './oauth/oauth.access.js';
import { OAuthServer } from './oauth/oauth.server.js';
import { OAuthTokenKeeper } from './oauth/oauth-token.keeper.js';
import { OAuthTokenStore } from './oauth/oauth-token.store.js';
import { SignInReader } from './oauth/sign-in.reader.js';
import { SignInService } from './oauth/sign-in.service.js';
import { SignInStore } from './oauth/sign-in.store.js';
import { IntegrationHealth } from './integration.health.js';
import { IntegrationMetrics } from './integration.metrics.js';
import { QueueObserver } from './metrics/queue.observer.js';
import { DeliveryTracer } from './telemetry/delivery.tracer.js';
import { IntegrationDurations } from './telemetry/integration.durations.js';
import { IntegrationLifecycle } from './integration.lifecycle.js';
import { IntegrationParts } from './integration.parts.js';
import { IntegrationSetupError } from './integration.error.js';
import {
  IntegrationOptionsModule,
  type IntegrationAsyncOptions,
} from './integration-options.module.js';
import {
  RESOLVED_OPTIONS,
  type IntegrationOptions,
  type QueueDriver,
  type ResolvedIntegrationOptions,
} from './integration-options.js';
import { connectDataSource, connectPool } from './persistence/connect-database.js';
import {
  INTEGRATION_DATA_SOURCE,
  INTEGRATION_POOL,
} from './persistence/integration-data-source.token.js';
import { Notifications } from './persistence/notifications.js';
import { ProviderExplorer } from './providers/provider.explorer.js';
import { ProviderRegistry } from './providers/provider.registry.js';
import { BULL_QUEUE_NAME, BullDeliveryQueue } from './queue/bull/bull-delivery.queue.js';
import { BullQueueSettings } from './queue/bull/bull-queue.settings.js';
import { DeliveryQueue } from './queue/delivery-queue.js';
import {
  POSTGRES_QUEUE_POLL_MS,
  PostgresDeliveryQueue,
} from './queue/postgres/postgres-delivery.queue.js';
import { SecretKeyCheck } from './rotation/secret-key.check.js';
import { StatisticsReader } from './statistics/statistics.reader.js';
import { StatisticsRecorder } from './statistics/statistics.recorder.js';
import { DeliveryChanges } from './live/delivery.changes.js';
import { LiveFeed } from './live/live.feed.js';
import { SecretRotation } from './rotation/secret.rotation.js';
import { SecretCipher } from './secrets/secret-cipher.js';
import { KeyRing } from './secrets/key-ring.js';
import { EventTypeCatalog } from './subscriptions/event-type-catalog.js';
import { ListenerCounter } from './subscriptions/listener.counter.js';
import { SubscriptionAuditor } from './subscriptions/subscription.auditor.js';
import { SubscriptionDrafts } from './subscriptions/subscription.drafts.js';
import { SubscriptionMatcher } from './subscriptions/subscription.matcher.js';
import { SubscriptionRuntimeLoader } from './subscriptions/subscription-runtime.js';
import { SubscriptionSecrets } from './subscriptions/subscription.secrets.js';
import { SubscriptionBulk } from './subscriptions/subscription.bulk.js';
import { SubscriptionService } from './subscriptions/subscription.service.js';
import { SubscriptionStore } from './subscriptions/subscription.store.js';
import { ThreadStore } from './threads/thread.store.js';
import { EventTransformer } from './transformations/event.transformer.js';
import { SubscriptionStopped } from './subscriptions/subscription-stopped.js';

/** With `forRootAsync` the driver is named beside the factory: it decides which parts are wired. */
export type IntegrationModuleAsyncOptions = IntegrationAsyncOptions & {
  /** Must be what the factory's `queue.driver` says. Default `postgres`. */
  readonly queueDriver?: QueueDriver;
};

/** What the options name, opened. */
const FOUNDATION: Provider[] = [
  {
    provide: INTEGRATION_DATA_SOURCE,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ database }: ResolvedIntegrationOptions) => connectDataSource(database),
  },
  {
    provide: INTEGRATION_POOL,
    // After the data source: that one waits for Postgres, and says so where it can't be reached.
    inject: [RESOLVED_OPTIONS, INTEGRATION_DATA_SOURCE],
    useFactory: ({ database }: ResolvedIntegrationOptions): Pool => connectPool(database),
  },
  {
    provide: OutboundHttp,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ http }: ResolvedIntegrationOptions) => new OutboundHttp(http),
  },
  {
    provide: KeyRing,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ secrets }: ResolvedIntegrationOptions) => new KeyRing(secrets.keys),
  },
  {
    provide: SecretCipher,
    inject: [KeyRing],
    useFactory: (ring: KeyRing) => new SecretCipher(ring),
  },
];

const ENGINE: Provider[] = [
  IntegrationCounters,
  IntegrationDurations,
  DeliveryTracer,
  Notifications,
  DeliveryChanges,
  LiveFeed,
  EventTypeRegistry,
  { provide: EventTypeCatalog, useExisting: EventTypeRegistry },
  EventTypeExplorer,
  EventListener,
  IntegrationPublisher,
  ProviderRegistry,
  ProviderExplorer,
  ConfigSecrets,
  ConfigChecker,
  OAuthServer,
  OAuthTokenStore,
  OAuthTokenKeeper,
  OAuthAccess,
  SignInStore,
  SignInReader,
  SignInService,
  ConnectionAuditor,
  ConnectionStore,
  ConnectionService,
  ConnectionTester,
  OptionResolver,
  AuditTrail,
  AuditLog,
  SubscriptionAuditor,
  SubscriptionStore,
  SubscriptionSecrets,
  SecretRotation,
  SecretKeyCheck,
  EventTransformer,
  SubscriptionDrafts,
  SubscriptionService,
  SubscriptionBulk,
  ListenerCounter,
  SubscriptionMatcher,
  SubscriptionRuntimeLoader,
  DeliveryCanceller,
  { provide: SubscriptionStopped, useExisting: DeliveryCanceller },
  EventStore,
  EventWriter,
  EventAcceptor,
  TransactionGate,
  TransactionalAcceptor,
  CommitNotifier,
  GateStore,
  GateKeeper,
  GateNotices,
  DeliveryGate,
  CircuitBreaker,
  PayloadCache,
  LeaseStore,
  AttemptStore,
  AttemptRecorder,
  OperationalEvents,
  OperationalPublisher,
  HealthStore,
  SubscriptionDisabler,
  SubscriptionHealth,
  FailureNotices,
  HealthReader,
  MissedEvents,
  ReplayStore,
  ReplayBatches,
  ReplayRunner,
  ReplayService,
  EventReplayer,
  StatisticsRecorder,
  StatisticsReader,
  OverviewReader,
  DeliveryUpkeep,
  StoredConfigStore,
  ConfigUpkeep,
  ThreadStore,
  DeliveryLoader,
  DeliveryDispatcher,
  DeliveryWorker,
  DeliverySweep,
  DeliveryFinder,
  DeliveryService,
  DeliveryIntervention,
  EventHistory,
  DraftOpener,
  TrialEvents,
  DryRun,
  SubscriptionPreviewer,
  FilterPreviewer,
  TemplatePreviewer,
  SubscriptionTester,
  EngineState,
  DatabaseProbe,
  HistoryConnection,
  RetentionReader,
  HistoryRetention,
  ErasureNotices,
  PayloadEraser,
  ErasureStore,
  ErasureRunner,
  HistoryKeeper,
  ErasureService,
  IntegrationParts,
  IntegrationLifecycle,
  IntegrationHealth,
  WorkerPresence,
  WorkerReader,
  QueueObserver,
  IntegrationMetrics,
];

/** The engine. Import it once, at the root of the host app. */
@Module({})
export class IntegrationModule {
  static forRoot(options: IntegrationOptions): DynamicModule {
    return engine(IntegrationOptionsModule.forRoot(options), options.queue?.driver);
  }

  static forRootAsync({ queueDriver, ...options }: IntegrationModuleAsyncOptions): DynamicModule {
    return engine(IntegrationOptionsModule.forRootAsync(options), queueDriver);
  }

  /** Gives the importing module a namespace for the ids of the events that it provides. */
  static forFeature(options: IntegrationFeatureOptions): DynamicModule {
    return IntegrationFeatureModule.forFeature(options);
  }
}

function engine(options: DynamicModule, driver: QueueDriver = 'postgres'): DynamicModule {
  const queue = driver === 'bull' ? bullQueue(options) : postgresQueue();
  return {
    module: IntegrationModule,
    global: true,
    imports: [DiscoveryModule, options, ...queue.imports],
    providers: [...FOUNDATION, ...queue.providers, ...ENGINE],
    exports: [
      IntegrationPublisher,
      EventTypeRegistry,
      ProviderRegistry,
      ConnectionService,
      ConnectionTester,
      SignInService,
      OptionResolver,
      SubscriptionService,
      SubscriptionBulk,
      ListenerCounter,
      SubscriptionTester,
      SubscriptionPreviewer,
      FilterPreviewer,
      TemplatePreviewer,
      DeliveryService,
      DeliveryIntervention,
      EventHistory,
      LiveFeed,
      StatisticsReader,
      OverviewReader,
      ReplayService,
      EventReplayer,
      HealthReader,
      SecretRotation,
      ErasureService,
      HistoryRetention,
      RetentionReader,
      WorkerReader,
      AuditLog,
      AuditTrail,
      IntegrationHealth,
      IntegrationMetrics,
    ],
  };
}

interface QueueParts {
  readonly imports: DynamicModule[];
  readonly providers: Provider[];
}

function postgresQueue(): QueueParts {
  return {
    imports: [],
    providers: [
      {
        provide: POSTGRES_QUEUE_POLL_MS,
        inject: [RESOLVED_OPTIONS],
        useFactory: (options: ResolvedIntegrationOptions) =>
          optionsOf(options, 'postgres').pollIntervalMs,
      },
      { provide: DeliveryQueue, useClass: PostgresDeliveryQueue },
    ],
  };
}

/** After an error of Redis; Bull's own default is 5 s, in which nothing is delivered. */
const BULL_RETRY_MS = 500;

function bullQueue(options: DynamicModule): QueueParts {
  return {
    imports: [
      BullModule.registerQueueAsync({
        name: BULL_QUEUE_NAME,
        imports: [options],
        inject: [RESOLVED_OPTIONS],
        useFactory: (resolved: ResolvedIntegrationOptions) => {
          const { redis, prefix } = optionsOf(resolved, 'bull');
          return { url: redis.url, prefix, settings: { retryProcessDelay: BULL_RETRY_MS } };
        },
      }),
    ],
    providers: [
      {
        provide: BullQueueSettings,
        inject: [RESOLVED_OPTIONS],
        useFactory: (resolved: ResolvedIntegrationOptions) =>
          new BullQueueSettings(optionsOf(resolved, 'bull').idsPerJob),
      },
      { provide: DeliveryQueue, useClass: BullDeliveryQueue },
    ],
  };
}

/** The queue's options. @throws IntegrationSetupError where the factory names another driver */
function optionsOf<Driver extends QueueDriver>(
  { queue }: ResolvedIntegrationOptions,
  driver: Driver,
): Extract<ResolvedIntegrationOptions['queue'], { driver: Driver }> {
  if (!isDriver(queue, driver)) {
    throw new IntegrationSetupError([
      `forRootAsync was given queueDriver '${driver}' (the default is 'postgres') but its factory answered queue.driver '${queue.driver}': make the two agree`,
    ]);
  }
  return queue;
}

function isDriver<Driver extends QueueDriver>(
  queue: ResolvedIntegrationOptions['queue'],
  driver: Driver,
): queue is Extract<ResolvedIntegrationOptions['queue'], { driver: Driver }> {
  return queue.driver === driver;
}
