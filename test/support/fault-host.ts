import { Injectable } from '@nestjs/common';
import { IntegrationEvent } from '@nest-integrations/core';
import { z } from 'zod';
import type { FaultRunSettings } from './fault-run.js';
import { Host, type HostSettings } from './host.js';

const order = z.object({ n: z.number() });

@Injectable()
class OrderEvents {
  @IntegrationEvent({ hook: 'order.paid', displayName: 'Order paid', payload: order })
  paid(paid: z.output<typeof order>): z.output<typeof order> {
    return paid;
  }
}

/** A host with one event type, in this process. */
export function startFaultHost(settings: Omit<HostSettings, 'providers'>): Promise<Host> {
  return Host.start({
    ...settings,
    providers: [OrderEvents],
    // No circuit opens: what fails is tried again in its own time.
    worker: { concurrency: 64, circuit: { failures: 100_000 }, ...settings.worker },
  });
}

export function publishingWith(host: Host): FaultRunSettings['publish'] {
  return async (n, idempotencyKey) =>
    (
      await host.publisher.publish(
        'order.paid',
        { n },
        idempotencyKey === null ? {} : { idempotencyKey },
      )
    ).id;
}
