import 'reflect-metadata';
import {
  IntegrationEvent,
  IntegrationModule,
  IntegrationPublisher,
  SubscriptionService,
  type IntegrationOptions,
} from '@nest-integrations/core';
import { WebhookProviderModule } from '@nest-integrations/provider-webhook';
import { ConsoleLogger, Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { z } from 'zod';
import type { HostAnswer, HostQuestion, HostRequest, HostSettings } from './messages.js';
import { shiftClock } from './shifted-clock.js';

const order = z.object({ n: z.number() });

@Injectable()
class OrderEvents {
  @IntegrationEvent({ hook: 'order.paid', displayName: 'Order paid', payload: order })
  paid(paid: z.output<typeof order>): z.output<typeof order> {
    return paid;
  }
}

/** A host app that its parent talks to; its log goes to stdout, a JSON object a line. */
async function start(settings: HostSettings): Promise<INestApplicationContext> {
  const { redisUrl, redisPrefix, delivers, concurrency, leaseMs, sweepIntervalMs } = settings;
  const options: IntegrationOptions = {
    database: { url: settings.databaseUrl, migrations: 'run' },
    queue: redisUrl
      ? { driver: 'bull', redis: { url: redisUrl }, prefix: redisPrefix }
      : { driver: 'postgres', pollIntervalMs: 200 },
    secrets: { keys: [{ id: 'faults', key: settings.secretKey }] },
    worker: { enabled: delivers, concurrency, leaseMs, sweepIntervalMs },
    http: { allow: ['127.0.0.0/8'] },
  };
  @Module({
    imports: [
      EventEmitterModule.forRoot(),
      IntegrationModule.forRoot(options),
      WebhookProviderModule,
    ],
    providers: [OrderEvents],
  })
  class HostModule {}

  return NestFactory.createApplicationContext(HostModule, {
    abortOnError: false,
    logger: new ConsoleLogger({ json: true, colors: false, logLevels: ['fatal', 'error', 'warn'] }),
  });
}

const app = await start(JSON.parse(process.env['FAULT_HOST'] ?? '') as HostSettings);

async function answer(request: HostRequest): Promise<string> {
  switch (request.do) {
    case 'publish': {
      const { n, idempotencyKey } = request;
      const options = idempotencyKey === null ? {} : { idempotencyKey };
      return (await app.get(IntegrationPublisher).publish('order.paid', { n }, options)).id;
    }
    case 'subscribe': {
      const { url, delaysSeconds } = request;
      const created = await app.get(SubscriptionService).create(
        {
          name: 'Faults',
          eventTypes: ['*'],
          provider: 'webhook',
          config: { url },
          retryPolicy: { delaysSeconds: [...delaysSeconds] },
        },
        'all',
      );
      return created.id;
    }
    case 'shift-clock':
      shiftClock(request.byMs);
      return '';
  }
}

function say(message: HostAnswer | 'ready'): void {
  process.send?.(message, (error: Error | null) => {
    // The parent is gone, and with it all that this process is for.
    if (error) process.exit(0);
  });
}

process.on('disconnect', () => process.exit(0));
process.on('message', ({ id, request }: HostQuestion) => {
  answer(request).then(
    (value) => say({ id, value }),
    (error: unknown) => say({ id, error: error instanceof Error ? error.message : String(error) }),
  );
});
say('ready');
