import { randomBytes } from 'node:crypto';
import { Injectable, Logger, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import {
  IntegrationEvent,
  IntegrationModule,
  IntegrationPublisher,
  SubscriptionService,
  type IntegrationOptions,
} from '@nest-integrations/core';
import { WebhookProviderModule } from '@nest-integrations/provider-webhook';
import { benchPayload, type BenchPayload } from './payload.js';

@Injectable()
class BenchEvents {
  @IntegrationEvent({ hook: 'bench.happened', displayName: 'Bench', payload: benchPayload })
  happened(payload: BenchPayload): BenchPayload {
    return payload;
  }
}

export interface EngineSettings {
  readonly databaseUrl: string;
  readonly schema: string;
  /** Left out: the Postgres queue. */
  readonly redisUrl?: string;
  /** Left out: nothing is delivered. */
  readonly receiverUrl?: string;
}

/** The engine as a host app runs it, with one subscription to the receiver. */
export async function startEngine(settings: EngineSettings): Promise<{
  app: INestApplicationContext;
  publish: (payload: BenchPayload) => Promise<unknown>;
}> {
  const { databaseUrl: url, schema, redisUrl, receiverUrl } = settings;
  const options: IntegrationOptions = {
    database: { url, schema, migrations: 'run' },
    queue: redisUrl
      ? { driver: 'bull', redis: { url: redisUrl }, prefix: schema }
      : { driver: 'postgres' },
    secrets: { keys: [{ id: 'bench', key: randomBytes(32).toString('base64') }] },
    http: { allow: ['127.0.0.0/8'] },
  };
  @Module({
    imports: [
      EventEmitterModule.forRoot(),
      IntegrationModule.forRoot(options),
      WebhookProviderModule,
    ],
    providers: [BenchEvents],
  })
  class BenchModule {}

  Logger.overrideLogger(['error', 'warn']);
  const app = await NestFactory.createApplicationContext(BenchModule, { abortOnError: false });
  if (receiverUrl) {
    await app.get(SubscriptionService).create(
      {
        name: 'Bench',
        eventTypes: ['bench.*'],
        provider: 'webhook',
        config: { url: receiverUrl },
        retryPolicy: { delaysSeconds: [1, 1, 1] },
      },
      'all',
    );
  }
  const publisher = app.get(IntegrationPublisher);
  return { app, publish: (payload) => publisher.publish('bench.happened', payload) };
}
