import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ClosedAccessPolicy } from './access/closed-access.policy.js';
import { IntegrationAccessPolicy } from './access/integration-access.policy.js';
import { AuditLogController } from './audit/audit-log.controller.js';
import { ConnectionsController } from './connections/connections.controller.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { EventsController } from './events/events.controller.js';
import { EventTypesController } from './event-types/event-types.controller.js';
import { ErasuresController } from './history/erasures.controller.js';
import { EventPayloadController } from './history/event-payload.controller.js';
import { RetentionController } from './history/retention.controller.js';
import { TenantDataController } from './history/tenant-data.controller.js';
import {
  ADMIN_PATH,
  PUBLIC_URL,
  resolvePath,
  resolvePublicUrl,
  type IntegrationAdminAsyncOptions,
  type IntegrationAdminOptions,
} from './integration-admin-options.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { OpenApiDocument } from './openapi/openapi.document.js';
import { ProvidersController } from './providers/providers.controller.js';
import { protectionProviders } from './protection/protection.providers.js';
import { JsonBody } from './requests/json-body.js';
import { EventReplayController } from './replays/event-replay.controller.js';
import { ReplaysController } from './replays/replays.controller.js';
import { SecretKeysController } from './secrets/secret-keys.controller.js';
import { CallbackAddress } from './sign-in/callback-address.js';
import { ConnectionSignInController } from './sign-in/connection-sign-in.controller.js';
import { SubscriptionPreviewsController } from './previews/subscription-previews.controller.js';
import { TemplatePreviewController } from './previews/template-preview.controller.js';
import { SigningSecretsController } from './subscriptions/signing-secrets.controller.js';
import { SubscriptionActivityController } from './statistics/subscription-activity.controller.js';
import { OverviewController } from './statistics/overview.controller.js';
import { SubscriptionBulkController } from './subscriptions/subscription-bulk.controller.js';
import { LiveClients } from './stream/live-clients.js';
import { StreamController } from './stream/stream.controller.js';
import { SubscriptionHealthController } from './subscriptions/subscription-health.controller.js';
import { SubscriptionTestController } from './subscriptions/subscription-test.controller.js';
import { SubscriptionsController } from './subscriptions/subscriptions.controller.js';
import { WorkersController } from './workers/workers.controller.js';
import { uiParts } from './ui/ui-parts.js';

const CONTROLLERS: Type[] = [
  OverviewController,
  StreamController,
  EventTypesController,
  ProvidersController,
  ConnectionsController,
  ConnectionSignInController,
  SubscriptionActivityController,
  SubscriptionsController,
  SubscriptionBulkController,
  SigningSecretsController,
  SubscriptionTestController,
  SubscriptionPreviewsController,
  TemplatePreviewController,
  SubscriptionHealthController,
  EventsController,
  DeliveriesController,
  ReplaysController,
  EventReplayController,
  WorkersController,
  SecretKeysController,
  RetentionController,
  EventPayloadController,
  TenantDataController,
  ErasuresController,
  AuditLogController,
  OpenApiController,
];

/** The REST API over the engine, and its pages. Import it once, beside `IntegrationModule`. */
@Module({})
export class IntegrationAdminModule {
  /** @throws TypeError where the path can't be mounted, or an option is wrong */
  static forRoot({ access, ...options }: IntegrationAdminOptions = {}): DynamicModule {
    return adminModule(options, accessProvider(access));
  }

  /** For a policy that is made from the host's providers. @throws TypeError as `forRoot` */
  static forRootAsync({
    inject,
    useFactory,
    ...options
  }: IntegrationAdminAsyncOptions): DynamicModule {
    return adminModule(options, { provide: IntegrationAccessPolicy, inject, useFactory });
  }
}

function adminModule(
  { path, publicUrl, imports = [], ui, ...protection }: Omit<IntegrationAdminOptions, 'access'>,
  access: Provider,
): DynamicModule {
  const mount = resolvePath(path);
  const pages = uiParts(ui);
  return {
    module: IntegrationAdminModule,
    imports: [...imports, RouterModule.register([{ path: mount, module: IntegrationAdminModule }])],
    controllers: [...CONTROLLERS, ...pages.controllers],
    providers: [
      access,
      { provide: ADMIN_PATH, useValue: mount },
      { provide: PUBLIC_URL, useValue: resolvePublicUrl(publicUrl) },
      CallbackAddress,
      ...protectionProviders(protection),
      JsonBody,
      LiveClients,
      OpenApiDocument,
      ...pages.providers,
    ],
  };
}

function accessProvider(access: IntegrationAdminOptions['access'] = ClosedAccessPolicy): Provider {
  return typeof access === 'function'
    ? { provide: IntegrationAccessPolicy, useClass: access }
    : { provide: IntegrationAccessPolicy, useValue: access };
}
