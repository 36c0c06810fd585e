import { IntegrationModule } from '@nest-integrations/core';
import { EmailProviderModule } from '@nest-integrations/provider-email';
import { KafkaProviderModule } from '@nest-integrations/provider-kafka';
import { PagerDutyProviderModule } from '@nest-integrations/provider-pagerduty';
import { JiraProviderModule } from '@nest-integrations/provider-jira';
import { DiscordProviderModule } from '@nest-integrations/provider-discord';
import { OpsgenieProviderModule } from '@nest-integrations/provider-opsgenie';
import { RabbitMqProviderModule } from '@nest-integrations/provider-rabbitmq';
import { ScriptProviderModule } from '@nest-integrations/provider-script';
import { ShellProviderModule } from '@nest-integrations/provider-shell';
import { SlackProviderModule } from '@nest-integrations/provider-slack';
import { TeamsProviderModule } from '@nest-integrations/provider-teams';
import { SqsProviderModule } from '@nest-integrations/provider-sqs';
import { WebexProviderModule } from '@nest-integrations/provider-webex';
import { WebhookProviderModule } from '@nest-integrations/provider-webhook';
import { Module, type DynamicModule } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import type { WorkerSettings } from './worker-settings.js';

/** The engine and the providers, without a domain: it delivers what others accepted. */
@Module({})
export class WorkerModule {
  static with(settings: WorkerSettings): DynamicModule {
    const { databaseUrl, redisUrl, keys, allow, shutdownGraceMs, slackApiUrl, shell } = settings;
    return {
      module: WorkerModule,
      imports: [
        EventEmitterModule.forRoot(),
        IntegrationModule.forRoot({
          database: { url: databaseUrl, migrations: 'run' },
          queue: redisUrl ? { driver: 'bull', redis: { url: redisUrl } } : { driver: 'postgres' },
          secrets: { keys },
          worker: { shutdownGraceMs },
          http: { allow },
        }),
        EmailProviderModule,
        KafkaProviderModule,
        PagerDutyProviderModule,
        JiraProviderModule,
        DiscordProviderModule,
        OpsgenieProviderModule,
        RabbitMqProviderModule,
        ScriptProviderModule,
        ShellProviderModule.forRoot(shell),
        SlackProviderModule.at(slackApiUrl),
        TeamsProviderModule,
        SqsProviderModule,
        WebexProviderModule,
        WebhookProviderModule,
      ],
    };
  }
}
