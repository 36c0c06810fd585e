import { IntegrationAdminModule } from '@nest-integrations/admin';
import { IntegrationModule, type IntegrationOptions } from '@nest-integrations/core';
import { EmailProviderModule } from '@nest-integrations/provider-email';
import { KafkaProviderModule } from '@nest-integrations/provider-kafka';
import { PagerDutyProviderModule } from '@nest-integrations/provider-pagerduty';
import { JiraProviderModule } from '@nest-integrations/provider-jira';
import { DiscordProviderModule } from '@nest-integrations/provider-discord';
import { OpsgenieProviderModule } from '@nest-integrations/provider-opsgenie';
import { RabbitMqProviderModule } from '@nest-integrations/provider-rabbitmq';
import { ScriptProviderModule } from '@nest-integrations/provider-script';
import { ShellProviderModule, type ShellProviderOptions } from '@nest-integrations/provider-shell';
import { SlackProviderModule } from '@nest-integrations/provider-slack';
import { TeamsProviderModule } from '@nest-integrations/provider-teams';
import { SqsProviderModule } from '@nest-integrations/provider-sqs';
import { WebexProviderModule } from '@nest-integrations/provider-webex';
import { WebhookProviderModule } from '@nest-integrations/provider-webhook';
import { Module, ValidationPipe, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { AccessModule } from './access/access.module.js';
import { AdminSessions } from './access/admin-sessions.js';
import { DemoAccessPolicy } from './access/demo-access.policy.js';
import { SessionCookie } from './access/session-cookie.js';
import { SIGN_IN_PATH } from './access/sign-in.controller.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { HealthChecksModule } from './health-checks/health-checks.module.js';
import { HealthModule } from './health/health.module.js';
import { InboxModule } from './inbox/inbox.module.js';
import { IncidentsModule } from './incidents/incidents.module.js';
import { MaintenanceModule } from './maintenance/maintenance.module.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { OpenRequests } from './shutdown/open-requests.js';
import { PlatformAddressModule } from './settings/platform-address.module.js';

export const ADMIN_PATH = '/admin/integrations';

export interface PlatformParts {
  /** Where the platform itself is reached. */
  readonly origin: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly keys: IntegrationOptions['secrets']['keys'];
  readonly adminToken: string;
  readonly isProduction: boolean;
  readonly workerEnabled: boolean;
  readonly shutdownGraceMs: number;
  readonly slackApiUrl: string;
  readonly shell: ShellProviderOptions;
}

/** The demo platform: domain modules that emit, and the engine beside them. */
@Module({})
export class PlatformModule {
  static with(parts: PlatformParts): DynamicModule {
    const sessions = new AdminSessions(parts.adminToken);
    const cookie = new SessionCookie(parts.isProduction);
    const access = new DemoAccessPolicy(sessions, cookie);
    return {
      module: PlatformModule,
      imports: [
        EventEmitterModule.forRoot(),
        IntegrationModule.forRoot({
          database: { url: parts.databaseUrl, migrations: 'run' },
          queue: parts.redisUrl
            ? { driver: 'bull', redis: { url: parts.redisUrl } }
            : { driver: 'postgres' },
          secrets: { keys: parts.keys },
          worker: { enabled: parts.workerEnabled, shutdownGraceMs: parts.shutdownGraceMs },
          // The demo's receiver is this very process. A real platform allows no inside address.
          http: { allow: ['127.0.0.0/8', '::1/128'] },
        }),
        IntegrationAdminModule.forRoot({
          path: ADMIN_PATH,
          access,
          ui: { signIn: SIGN_IN_PATH },
          publicUrl: parts.origin,
        }),
        EmailProviderModule,
        KafkaProviderModule,
        PagerDutyProviderModule,
        JiraProviderModule,
        DiscordProviderModule,
        OpsgenieProviderModule,
        RabbitMqProviderModule,
        ScriptProviderModule,
        ShellProviderModule.forRoot(parts.shell),
        SlackProviderModule.at(parts.slackApiUrl),
        TeamsProviderModule,
        SqsProviderModule,
        WebexProviderModule,
        WebhookProviderModule,
        AccessModule.with(sessions, cookie),
        PlatformAddressModule.at(parts.origin),
        IncidentsModule,
        MaintenanceModule,
        HealthChecksModule,
        CatalogModule.forDatabase(parts.databaseUrl),
        InboxModule,
        HealthModule.with(access),
      ],
      providers: [
        OpenRequests,
        { provide: APP_FILTER, useClass: ProblemFilter },
        {
          provide: APP_PIPE,
          useValue: new ValidationPipe({
            whitelist: true,
            forbidNonWhitelisted: true,
            transform: true,
          }),
        },
      ],
    };
  }
}
