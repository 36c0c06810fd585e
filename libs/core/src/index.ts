// Wiring
export { IntegrationModule, type IntegrationModuleAsyncOptions } from './integration.module.js';
export type { IntegrationOptions } from './integration-options.js';
export type { IntegrationFeatureOptions } from './events/integration-feature.module.js';

// Events
export {
  IntegrationEvent,
  type IntegrationEventOptions,
} from './events/integration-event.decorator.js';
export { IntegrationPublisher, type PublishWithin } from './events/integration.publisher.js';
export type { PublishOptions } from './events/event-envelope.js';
export { EventTypeRegistry } from './events/event-type.registry.js';
export type { EventType } from './events/event-type.js';
export { DeliveredEvent } from './events/delivered-event.js';
export type { AcceptedEvent } from './deliveries/accepted-event.js';
export type { JsonSchema } from './schema/json-schema.js';
export type { SchemaProperty } from './schema/property-list.js';

// Writing a provider
export {
  IntegrationProvider,
  type IntegrationProviderOptions,
  type ProviderDocumentation,
} from './providers/integration-provider.decorator.js';
export type { ConnectionContext, ConnectionTest } from './providers/connection-context.js';
export {
  OptionsFor,
  type Option,
  type OptionPage,
  type OptionsContext,
  type OptionsForOptions,
} from './providers/options-for.decorator.js';
export type {
  DeliveryContext,
  DeliveryProvider,
  DeliveryThread,
} from './providers/delivery-provider.js';
export {
  delivered,
  fromHttpError,
  fromResponse,
  rejected,
  retry,
  type DeliveryOutcome,
} from './providers/delivery-outcome.js';
export { ClientPool, type ClientPoolOptions } from './providers/client.pool.js';
export { versioned, type VersionedSchema } from './providers/versioned.js';
export { templateScopeOf } from './providers/template-scope.js';
export { plainValuesOf } from './events/plain-values.js';
export { escapeMarkdown, escapeMrkdwn } from './templates/index.js';
export {
  ProviderRegistry,
  type RegisteredConnection,
  type RegisteredProvider,
} from './providers/provider.registry.js';
export type { SigningSecret } from './subscriptions/signing-secret.js';
export {
  Template,
  TEMPLATE_TARGETS,
  templateProblems,
  type TemplateExpectations,
  type TemplateScope,
  type TemplateTarget,
  type TemplateVariable,
} from './templates/index.js';

// Trying a provider out
export {
  ProviderTrial,
  type TrialAttempt,
  type TrialConfig,
  type TrialOptionsQuery,
  type TrialSetup,
} from './trial/provider.trial.js';

// Running what admins write
export {
  Sandbox,
  type SandboxCall,
  type SandboxFault,
  type SandboxFetch,
  type SandboxFetched,
  type SandboxResult,
} from './sandbox/index.js';

// OAuth 2
export type {
  AuthorizationCodeClient,
  ClientCredentialsClient,
  OAuthClient,
  OAuthDeclaration,
} from './oauth/oauth-client.js';
export { OAuthTokenError, SignInNeededError } from './oauth/oauth-token.error.js';
export { OAuthTokens } from './oauth/oauth-tokens.js';
export { SignInService } from './oauth/sign-in.service.js';
export type { BeginSignIn, SignIn, SignInBegun, SignInEnd } from './oauth/sign-in.types.js';

// Outbound HTTP
export type { HttpCallOptions, HttpClient } from './http/http-client.js';
export { OutboundHttp, type OutboundHttpOptions } from './http/outbound-http.js';
export { RecordedHttp, type RecordedHttpOptions } from './http/recorded-http.js';
export {
  OutboundHttpError,
  type OutboundErrorCode,
  type OutboundRequest,
  type OutboundResponse,
  type OutboundTimings,
  type OutboundTls,
} from './http/outbound-http.types.js';
export type { RecordedExchange } from './http/recorded-exchange.js';
export type { SocketClient, SocketTarget } from './http/socket-client.js';
export { outboundErrorOf } from './http/outbound-failure.js';
export { areCertificates } from './http/pem.js';
export type { ToldExchange } from './http/told-exchange.js';

// Administration
export { ListenerCounter } from './subscriptions/listener.counter.js';
export { SUBSCRIPTION_STATES } from './subscriptions/subscription.types.js';
export {
  BULK_ACTIONS,
  MAX_BULK_SUBSCRIPTIONS,
  SubscriptionBulk,
  type BulkAction,
  type BulkResult,
} from './subscriptions/subscription.bulk.js';
export { SubscriptionService } from './subscriptions/subscription.service.js';
export type {
  CountedPage,
  CreateSubscription,
  ListSubscriptions,
  Page,
  RotateSigningSecret,
  SubscriptionState,
  SigningSecretInfo,
  Subscription,
  TenantScope,
  UpdateSubscription,
} from './subscriptions/subscription.types.js';
export { ConnectionService } from './connections/connection.service.js';
export { OptionResolver, type OptionsQuery } from './connections/option.resolver.js';
export { ConnectionTester } from './connections/connection.tester.js';
export type {
  Connection,
  ConnectionDraft,
  CreateConnection,
  ListConnections,
  UpdateConnection,
} from './connections/connection.types.js';
export { SubscriptionTester } from './deliveries/subscription.tester.js';
export type { TestEvent } from './deliveries/trial.events.js';
export type { SubscriptionDraft } from './subscriptions/draft.opener.js';
export {
  SubscriptionPreviewer,
  type Rendering,
  type SubscriptionPreview,
} from './previews/subscription.previewer.js';
export {
  FilterPreviewer,
  type FilterDraft,
  type FilterPreview,
} from './previews/filter.previewer.js';
export {
  TemplatePreviewer,
  type TemplateDraft,
  type TemplatePreview,
} from './previews/template.previewer.js';
export {
  retryPreview,
  type PreviewedAttempt,
  type RetryPreview,
} from './previews/retry-preview.js';
export { DeliveryIntervention } from './deliveries/delivery.intervention.js';
export { isHeardBy, LiveFeed } from './live/live.feed.js';
export type { LiveChange, LiveListener, ToldChange } from './live/live.types.js';
export { EventHistory } from './deliveries/event.history.js';
export type {
  DeliveryCounts,
  ListEvents,
  StoredEvent,
  StoredEventDetails,
} from './deliveries/event.history.types.js';
export { DeliveryService } from './deliveries/delivery.service.js';
export type {
  Attempt,
  Delivery,
  DeliveryDetails,
  ListDeliveries,
  TestAttempt,
} from './deliveries/delivery.types.js';
export { HealthReader, type SubscriptionHealthReport } from './deliveries/health/health.reader.js';
export {
  OverviewReader,
  type FailingSubscription,
  type Overview,
  type QueueLoad,
} from './deliveries/overview.reader.js';
export { StatisticsReader } from './statistics/statistics.reader.js';
export {
  MAX_STATISTICS_HOURS,
  type Statistics,
  type StatisticsPoint,
} from './statistics/statistics.types.js';
export { EventReplayer } from './deliveries/replay/event.replayer.js';
export { ReplayService } from './deliveries/replay/replay.service.js';
export {
  DEFAULT_REPLAYS_PER_SECOND,
  MAX_CHOSEN_DELIVERIES,
  MAX_REPLAYS_PER_SECOND,
  REPLAY_STATES,
  REPLAYABLE_STATUSES,
  type ListReplays,
  type Recover,
  type Recoverable,
  type Replay,
  type ReplayableStatus,
  type ReplaySelection,
  type ReplayState,
  type StartReplay,
} from './deliveries/replay/replay.types.js';

// History
export { ErasureService } from './history/erasure/erasure.service.js';
export type { ErasedPayload, Erasure, ListErasures } from './history/erasure/erasure.types.js';
export {
  RetentionReader,
  type Retention,
  type RetentionSettings,
  type TableSize,
} from './history/retention.reader.js';
export type { RetentionRun } from './history/retention.run.js';
export {
  WORKER_STATES,
  WorkerReader,
  type SeenWorker,
  type WorkerState,
} from './workers/worker.reader.js';
export { HistoryRetention, type RemovedHistory } from './history/history.retention.js';
export { AuditLog } from './audit/audit.log.js';
export { AuditTrail, type AuditedCall } from './audit/audit.trail.js';
export type { AuditEntry, AuditRecord, ListAuditEntries } from './audit/audit.types.js';

// Operating
export {
  SecretRotation,
  type SecretKeyUse,
  type SecretRotationOptions,
  type SecretRotationReport,
} from './rotation/secret.rotation.js';
export {
  IntegrationHealth,
  type IntegrationHealthReport,
  type LivenessReport,
  type ReadinessReport,
} from './integration.health.js';
export { OperationsServer, type OperationsServerOptions } from './operations/operations.server.js';
export { endOnSignals, type EndOnSignals } from './operations/end-on-signals.js';
export { IntegrationMetrics } from './integration.metrics.js';
export { IntegrationDataSource } from './persistence/integration-data-source.js';

// Errors
export * from './integration.error.js';
