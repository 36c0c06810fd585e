import { createHash } from 'node:crypto';
import {
  Injectable,
  Logger,
  Module,
  type INestApplicationContext,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import {
  IntegrationEvent,
  IntegrationModule,
  IntegrationPublisher,
  SubscriptionService,
  type IntegrationOptions,
  type CreateSubscription,
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
  /** One subscription to each. Left out: none. */
  readonly receiverUrls?: readonly string[];
  readonly worker?: IntegrationOptions['worker'];
  /** Default: as in a benchmark of rates, where a failure is made up for soon. */
  readonly retryPolicy?: CreateSubscription['retryPolicy'];
}

export interface BenchEngine {
  readonly app: INestApplicationContext;
  readonly publish: (payload: BenchPayload) => Promise<unknown>;
  /** Removes the subscriptions that it made. */
  stop(): Promise<void>;
}

/** Two processes may share a schema, and its secrets. */
const KEY = createHash('sha256').update('a key that only benchmarks need').digest('base64');

/** The engine as a host app imports it. */
export function benchModule(settings: EngineSettings): Type {
  const { databaseUrl: url, schema, redisUrl, worker } = settings;
  const options: IntegrationOptions = {
    database: { url, schema, migrations: 'run' },
    queue: redisUrl
      ? { driver: 'bull', redis: { url: redisUrl }, prefix: schema }
      : { driver: 'postgres' },
    secrets: { keys: [{ id: 'bench', key: KEY }] },
    http: { allow: ['127.0.0.0/8'] },
    ...(worker ? { worker } : {}),
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
  return BenchModule;
}

/** The engine alone. */
export async function startEngine(settings: EngineSettings): Promise<BenchEngine> {
  const { receiverUrls = [] } = settings;
  Logger.overrideLogger(['error']);
  const app = await NestFactory.createApplicationContext(benchModule(settings), {
    abortOnError: false,
  });
  const subscriptions = app.get(SubscriptionService);
  const made: string[] = [];
  for (const receiverUrl of receiverUrls) {
    const { id } = await subscriptions.create(
      {
        name: 'Bench',
        eventTypes: ['bench.*'],
        provider: 'webhook',
        config: { url: receiverUrl },
        retryPolicy: settings.retryPolicy ?? { delaysSeconds: [1, 1, 1] },
      },
      'all',
    );
    made.push(id);
  }
  const publisher = app.get(IntegrationPublisher);
  return {
    app,
    publish: (payload) => publisher.publish('bench.happened', payload),
    async stop() {
      for (const id of made) await subscriptions.remove(id, 'all');
      await app.close();
    },
  };
}
