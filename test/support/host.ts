import { randomBytes } from 'node:crypto';
import { Module, type INestApplicationContext, type Type } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import {
  DeliveryService,
  EventReplayer,
  HealthReader,
  IntegrationHealth,
  IntegrationModule,
  IntegrationPublisher,
  ReplayService,
  SubscriptionService,
  SubscriptionTester,
  type CreateSubscription,
  type Delivery,
  type IntegrationOptions,
  type ListDeliveries,
  type Subscription,
} from '@nest-integrations/core';
import { WebhookProviderModule } from '@nest-integrations/provider-webhook';

export type QueueName = 'postgres' | 'bull';

export interface HostSettings {
  readonly databaseUrl: string;
  readonly queue: QueueName;
  /** Needed with `bull`. */
  readonly redisUrl: string;
  /** Keys of this host in Redis; hosts with one prefix share a queue. */
  readonly redisPrefix: string;
  /** Classes with `@IntegrationEvent` and `@IntegrationProvider`. */
  readonly providers: readonly Type[];
  readonly worker?: IntegrationOptions['worker'];
  readonly subscriptions?: IntegrationOptions['subscriptions'];
  readonly secrets?: IntegrationOptions['secrets'];
  readonly history?: IntegrationOptions['history'];
  readonly schema?: string;
  readonly telemetry?: IntegrationOptions['telemetry'];
  /** Of the Postgres queue. Default 200. */
  readonly pollIntervalMs?: number;
}

/** One key for all hosts of a test run, as one installation has. */
const secrets: IntegrationOptions['secrets'] = {
  keys: [{ id: 'test', key: randomBytes(32).toString('base64') }],
};

/** A host app with the engine in it, as a team would have it. */
export class Host {
  private constructor(readonly app: INestApplicationContext) {}

  static async start(settings: HostSettings): Promise<Host> {
    const { databaseUrl, queue, redisUrl, redisPrefix } = settings;

    @Module({
      imports: [
        EventEmitterModule.forRoot(),
        IntegrationModule.forRoot({
          database: {
            url: databaseUrl,
            migrations: 'run',
            ...(settings.schema ? { schema: settings.schema } : {}),
          },
          queue:
            queue === 'bull'
              ? { driver: 'bull', redis: { url: redisUrl }, prefix: redisPrefix }
              : { driver: 'postgres', pollIntervalMs: settings.pollIntervalMs ?? 200 },
          secrets: settings.secrets ?? secrets,
          telemetry: settings.telemetry,
          worker: { sweepIntervalMs: 500, leaseMs: 3_000, ...settings.worker },
          ...(settings.subscriptions ? { subscriptions: settings.subscriptions } : {}),
          http: { allow: ['127.0.0.0/8'] },
          ...(settings.history ? { history: settings.history } : {}),
        }),
        WebhookProviderModule,
      ],
      providers: [...settings.providers],
    })
    class HostModule {}

    const app = await Test.createTestingModule({ imports: [HostModule] }).compile();
    await app.init();
    return new Host(app);
  }

  get emitter(): EventEmitter2 {
    return this.app.get(EventEmitter2);
  }

  get publisher(): IntegrationPublisher {
    return this.app.get(IntegrationPublisher);
  }

  get subscriptions(): SubscriptionService {
    return this.app.get(SubscriptionService);
  }

  get tester(): SubscriptionTester {
    return this.app.get(SubscriptionTester);
  }

  get deliveries(): DeliveryService {
    return this.app.get(DeliveryService);
  }

  get replays(): ReplayService {
    return this.app.get(ReplayService);
  }

  get eventReplayer(): EventReplayer {
    return this.app.get(EventReplayer);
  }

  get subscriptionHealth(): HealthReader {
    return this.app.get(HealthReader);
  }

  get health(): IntegrationHealth {
    return this.app.get(IntegrationHealth);
  }

  /** A webhook subscription to every event, unless said otherwise. */
  subscribe(url: string, changes: Partial<CreateSubscription> = {}): Promise<Subscription> {
    return this.subscriptions.create(
      { name: 'Test', eventTypes: ['*'], provider: 'webhook', config: { url }, ...changes },
      'all',
    );
  }

  /** The current signing secret of a subscription. */
  async secretOf(subscriptionId: string): Promise<string> {
    const [first] = await this.subscriptions.revealSigningSecrets(subscriptionId, 'all');
    if (!first) throw new Error(`subscription ${subscriptionId} has no signing secret`);
    return first.secret;
  }

  /** Every delivery that fits, all pages. */
  async allDeliveries(query: ListDeliveries = {}): Promise<Delivery[]> {
    const all: Delivery[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await this.deliveries.list(
        { ...query, limit: 200, ...(cursor ? { cursor } : {}) },
        'all',
      );
      all.push(...page.items);
      cursor = page.nextCursor;
    }
    return all;
  }

  /** Resolves with the delivery once `condition` holds; looks again each time, for ten seconds. */
  async deliveryWhen(id: string, condition: (delivery: Delivery) => boolean): Promise<Delivery> {
    const giveUpAt = performance.now() + 10_000;
    for (;;) {
      const delivery = await this.deliveries.get(id, 'all');
      if (condition(delivery)) return delivery;
      if (performance.now() > giveUpAt) {
        throw new Error(`delivery ${id} stayed ${delivery.status}: ${delivery.lastError ?? ''}`);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async stop(): Promise<void> {
    await this.app.close();
  }
}
