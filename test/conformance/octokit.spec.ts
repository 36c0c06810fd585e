import { createRequire } from 'node:module';
import { IntegrationEvent } from '@nest-integrations/core';
import type { Type } from '@nestjs/common';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Host, type QueueName } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { Receiver } from '@nest-integrations/testing';
import { redisUrl } from '../support/run-redis.js';

/** One kind of event of the package's list; its own types say otherwise than its file. */
const webhooks = z.array(
  z.object({
    name: z.string(),
    description: z.string(),
    examples: z.array(z.record(z.string(), z.unknown())),
  }),
);
const examples = webhooks.parse(createRequire(import.meta.url)('@octokit/webhooks-examples'));

interface RealEvent {
  readonly hook: string;
  readonly payload: Record<string, unknown>;
}

const realEvents: RealEvent[] = examples.flatMap(({ name, examples: payloads }) =>
  payloads.map((payload) => ({ hook: `github.${name}`, payload: { ...payload } })),
);

/** A class as a host would write it, with one decorated method for each kind of event. */
function gitHubEvents(): Type {
  class GitHubEvents {
    [method: string]: unknown;
  }
  for (const { name, description } of examples) {
    const descriptor: PropertyDescriptor = {
      value: (payload: Record<string, unknown>) => payload,
      writable: true,
      configurable: true,
    };
    IntegrationEvent({
      hook: `github.${name}`,
      displayName: name,
      description,
      category: 'GitHub',
      payload: z.looseObject({}),
    })(GitHubEvents.prototype, name, descriptor);
    Object.defineProperty(GitHubEvents.prototype, name, descriptor);
  }
  return GitHubEvents;
}

describe.each<QueueName>(['postgres', 'bull'])('real GitHub events on the %s queue', (queue) => {
  let database: FreshDatabase;
  let host: Host;
  let receiver: Receiver;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    host = await Host.start({
      databaseUrl: database.url,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: database.name,
      providers: [gitHubEvents()],
    });
  });

  afterAll(async () => {
    await host.stop();
    await receiver.stop();
    await database.drop();
  });

  it('arrive complete, unchanged and signed: as many out as in', async () => {
    expect(realEvents.length).toBeGreaterThan(300);
    const subscription = await host.subscribe(receiver.url);
    const secret = await host.secretOf(subscription.id);

    const sent = new Map<string, RealEvent>();
    await Promise.all(
      realEvents.map(async (event) => {
        const { id } = await host.publisher.publish(event.hook, event.payload);
        sent.set(id, event);
      }),
    );
    await receiver.waitFor(realEvents.length, 20_000);

    expect(receiver.ids().size).toBe(realEvents.length);
    expect(receiver.requests).toHaveLength(realEvents.length);
    for (const request of receiver.requests) {
      const verifiedByStandard = new StandardWebhook(secret).verify(request.body, request.headers);
      const verifiedBySvix = new SvixWebhook(secret).verify(request.body, request.headers);
      const event = sent.get(request.headers['webhook-id'] ?? '');
      expect(verifiedByStandard).toMatchObject({ type: event?.hook, data: event?.payload });
      expect(verifiedBySvix).toEqual(verifiedByStandard);
      // Not only equal: byte for byte what JSON makes of what was emitted, key order and all.
      expect(request.body.toString()).toContain(`"data":${JSON.stringify(event?.payload)}}`);
    }
    const deliveries = await host.allDeliveries({ subscriptionId: subscription.id });
    expect(deliveries).toHaveLength(realEvents.length);
  });
});
