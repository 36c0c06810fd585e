import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  AuditLog,
  AuditTrail,
  ConnectionService,
  ConnectionTester,
  DeliveryIntervention,
  DeliveryService,
  ErasureService,
  EventHistory,
  EventReplayer,
  EventTypeRegistry,
  FilterPreviewer,
  HealthReader,
  ListenerCounter,
  LiveFeed,
  OptionResolver,
  OverviewReader,
  ProviderRegistry,
  ReplayService,
  RetentionReader,
  SecretRotation,
  SignInService,
  StatisticsReader,
  SubscriptionBulk,
  SubscriptionPreviewer,
  SubscriptionService,
  SubscriptionTester,
  TemplatePreviewer,
  WorkerReader,
} from '@nest-integrations/core';
import type { OpenAPIObject } from '@nestjs/swagger';
import { IntegrationAdminModule } from '../integration-admin.module.js';
import { createIntegrationOpenApi } from './create-integration-open-api.js';

const ENGINE = [
  AuditLog,
  AuditTrail,
  ConnectionService,
  ConnectionTester,
  DeliveryIntervention,
  DeliveryService,
  ErasureService,
  EventHistory,
  EventReplayer,
  EventTypeRegistry,
  FilterPreviewer,
  HealthReader,
  ListenerCounter,
  LiveFeed,
  OptionResolver,
  OverviewReader,
  ProviderRegistry,
  ReplayService,
  RetentionReader,
  SecretRotation,
  SignInService,
  StatisticsReader,
  SubscriptionBulk,
  SubscriptionPreviewer,
  SubscriptionService,
  SubscriptionTester,
  TemplatePreviewer,
  WorkerReader,
];

/** Fills the places of the engine's services: describing routes calls none of them. */
@Global()
@Module({
  providers: ENGINE.map((provide) => ({ provide, useValue: {} })),
  exports: ENGINE,
})
class AbsentEngineModule {}

/**
 * The same document without a host app and without a database, for a build script.
 * `path`: where the host will mount the API, its global prefix included.
 */
export async function offlineIntegrationOpenApi(
  options: { path?: string } = {},
): Promise<OpenAPIObject> {
  @Module({ imports: [AbsentEngineModule, IntegrationAdminModule.forRoot(options)] })
  class DescribedModule {}

  const app = await NestFactory.create(DescribedModule, { logger: false, abortOnError: false });
  try {
    return createIntegrationOpenApi(app);
  } finally {
    await app.close();
  }
}
