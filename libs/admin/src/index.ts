// Wiring
export { IntegrationAdminModule } from './integration-admin.module.js';
export type {
  IntegrationAdminAsyncOptions,
  IntegrationAdminOptions,
} from './integration-admin-options.js';
export type { UiOptions } from './ui/ui-options.js';

// Access
export {
  IntegrationAccessPolicy,
  type AccessDecision,
  type IntegrationRight,
} from './access/integration-access.policy.js';
export { OpenAccessPolicy } from './access/open-access.policy.js';
export { forgeryProblem, type SentRequest } from './protection/same-origin.js';
export type { ProtectionOptions, RateLimitOptions } from './protection/protection-options.js';

// OpenAPI
export { createIntegrationOpenApi } from './openapi/create-integration-open-api.js';
export { offlineIntegrationOpenApi } from './openapi/offline-open-api.js';

// What the API answers, for clients written in TypeScript
export type { Problem } from './problems/problem.js';
export type { EventTypeDto, EventTypeListDto } from './event-types/event-type.dto.js';
export type {
  DeliveryCountsDto,
  EventDetailsDto,
  EventDto,
  EventPageDto,
} from './events/event.dto.js';
export type {
  OverviewDto,
  StatisticsDto,
  SubscriptionActivityDto,
  SubscriptionActivityListDto,
} from './statistics/statistics.dto.js';
export type { ProviderDto, ProviderListDto } from './providers/provider.dto.js';
export type { SubscriptionDto, SubscriptionPageDto } from './subscriptions/subscription.dto.js';
export type { RevealedSigningSecretsDto } from './subscriptions/signing-secret.dto.js';
export type { SecretKeyDto, SecretKeyListDto } from './secrets/secret-key.dto.js';
export type { AttemptDto } from './deliveries/attempt.dto.js';
export type {
  DeliveryDetailsDto,
  DeliveryDto,
  DeliveryPageDto,
} from './deliveries/delivery.dto.js';
export type {
  RecoverableDto,
  ReplayDto,
  ReplayPageDto,
  ReplayPreviewDto,
} from './replays/replay.dto.js';
export type {
  EnabledSubscriptionDto,
  SubscriptionHealthDto,
} from './subscriptions/subscription-health.dto.js';
export type { AuditEntryDto, AuditPageDto } from './audit/audit-log.dto.js';
export type { ErasedPayloadDto, ErasureDto, ErasurePageDto } from './history/erasure.dto.js';
