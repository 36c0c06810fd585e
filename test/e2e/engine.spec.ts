import {
  delivered,
  InvalidInputError,
  InvalidPayloadError,
  IntegrationEvent,
  IntegrationProvider,
  PayloadTooLargeError,
  rejected,
  versioned,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
} from '@nest-integrations/core';
import { Injectable } from '@nestjs/common';
import { Client } from 'pg';
import { Webhook } from 'standardwebhooks';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Host, type QueueName } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { moveTime, Receiver } from '@nest-integrations/testing';
import { redisUrl } from '../support/run-redis.js';

const incident = z.object({
  id: z.string(),
  title: z.string().min(1),
  severity: z.enum(['low', 'high']),
  systemIds: z.array(z.string()).optional(),
});
type Incident = z.output<typeof incident>;

@Injectable()
class Severity {
  label(severity: Incident['severity']): string {
    return severity === 'high' ? 'SEV1' : 'SEV3';
  }
}

@Injectable()
class IncidentEvents {
  constructor(private readonly severity: Severity) {}

  @IntegrationEvent({
    hook: 'incident.created',
    displayName: 'Incident created',
    category: 'Incidents',
    input: incident,
    payload: incident.extend({ severity: z.string() }),
    example: { id: 'inc-1', title: 'Checkout is down', severity: 'SEV1' },
  })
  created(emitted: Incident) {
    return { ...emitted, severity: this.severity.label(emitted.severity) };
  }

  @IntegrationEvent({
    hook: 'incident.resolved',
    displayName: 'Incident resolved',
    payload: incident,
  })
  resolved(emitted: Incident): Incident {
    return emitted;
  }
}

/** Does what its config says. */
@IntegrationProvider({
  id: 'moody',
  displayName: 'Moody',
  config: versioned(1, z.object({ mood: z.enum(['throw', 'hang', 'nonsense', 'reject', 'ok']) })),
})
class MoodyProvider implements DeliveryProvider<{ mood: string }> {
  async deliver({ config }: DeliveryContext<{ mood: string }>): Promise<DeliveryOutcome> {
    if (config.mood === 'throw') throw new Error('the pager is on fire');
    if (config.mood === 'hang') return new Promise<DeliveryOutcome>(() => undefined);
    if (config.mood === 'nonsense') return JSON.parse('{"fine":true}');
    if (config.mood === 'reject') return rejected('no such channel');
    return Promise.resolve(delivered({ externalId: 'PAGE-1' }));
  }
}

const anIncident: Incident = { id: 'inc-7', title: 'Checkout is slow', severity: 'high' };

describe.each<QueueName>(['postgres', 'bull'])('the engine on the %s queue', (queue) => {
  let database: FreshDatabase;
  let host: Host;
  let receiver: Receiver;

  const startHost = (worker?: { enabled: boolean }) =>
    Host.start({
      databaseUrl: database.url,
      queue,
      redisUrl: redisUrl(),
      redisPrefix: database.name,
      providers: [Severity, IncidentEvents, MoodyProvider],
      ...(worker ? { worker } : {}),
    });

  beforeAll(async () => {
    database = await freshDatabase();
    host = await startHost();
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    const { items } = await host.subscriptions.list({ limit: 200 }, 'all');
    for (const { id } of items) await host.subscriptions.remove(id, 'all');
    await receiver.stop();
  });

  afterAll(async () => {
    await host.stop();
    await database.drop();
  });

  const onlyDelivery = async (subscriptionId: string) => {
    const [delivery, ...others] = await host.allDeliveries({ subscriptionId });
    if (!delivery || others.length > 0) throw new Error('expected exactly one delivery');
    return delivery;
  };

  describe('accepting', () => {
    it('delivers what a domain module emits, transformed and signed', async () => {
      const { id } = await host.subscribe(receiver.url);
      await host.emitter.emitAsync('incident.created', anIncident);
      await receiver.waitFor(1);
      const [request] = receiver.requests;
      const verified = new Webhook(await host.secretOf(id)).verify(
        request?.body ?? '',
        request?.headers ?? {},
      );
      expect(verified).toMatchObject({
        type: 'incident.created',
        data: { ...anIncident, severity: 'SEV1' },
      });
    });

    it('takes plain emit too, and counts and logs what it could not accept', async () => {
      await host.subscribe(receiver.url);
      const before = (await host.health.check()).counters.notAccepted;
      host.emitter.emit('incident.created', { id: 'inc-8', title: '', severity: 'high' });
      host.emitter.emit('incident.created', anIncident);
      await receiver.waitFor(1);
      expect((await host.health.check()).counters.notAccepted).toBe(before + 1);
    });

    it('refuses a payload that does not fit, names the path, and writes nothing', async () => {
      const { id } = await host.subscribe(receiver.url);
      const refused = host.emitter.emitAsync('incident.created', { ...anIncident, severity: 'x' });
      await expect(refused).rejects.toBeInstanceOf(InvalidPayloadError);
      await expect(refused).rejects.toThrow(/payload\.severity/);
      expect(await host.allDeliveries({ subscriptionId: id })).toHaveLength(0);
    });

    it('refuses a payload over 256 KiB with its size', async () => {
      const title = 'x'.repeat(300_000);
      const refused = host.publisher.publish('incident.created', { ...anIncident, title });
      await expect(refused).rejects.toBeInstanceOf(PayloadTooLargeError);
      await expect(refused).rejects.toThrow(/300\d{3} bytes/);
    });

    it('refuses an event type that nobody declared', async () => {
      await expect(host.publisher.publish('incident.exploded', {})).rejects.toThrow(
        /No event type 'incident.exploded'/,
      );
    });

    it('returns the first event to a second publish with its key, and delivers once', async () => {
      const { id } = await host.subscribe(receiver.url);
      const [first, second] = await Promise.all([
        host.publisher.publish('incident.created', anIncident, { idempotencyKey: 'k1' }),
        host.publisher.publish('incident.created', anIncident, { idempotencyKey: 'k1' }),
      ]);
      const third = await host.publisher.publish('incident.created', anIncident, {
        idempotencyKey: 'k1',
      });
      expect(second.id).toBe(first.id);
      expect(third).toMatchObject({ id: first.id, duplicate: true });
      expect([first, second].filter(({ duplicate }) => duplicate)).toHaveLength(1);
      expect(await host.allDeliveries({ subscriptionId: id })).toHaveLength(1);
    });

    it('refuses tenants and keys that the database would take for one another', async () => {
      for (const [field, text] of [
        ['tenant', 'half \ud83d'],
        ['tenant', 'nul \0'],
        ['idempotencyKey', 'half \udca9'],
      ] as const) {
        await expect(
          host.publisher.publish('incident.created', anIncident, { [field]: text }),
        ).rejects.toMatchObject({ code: 'INVALID_INPUT', problems: [{ field }] });
      }
      await expect(host.subscribe(receiver.url, { tenant: 'half \ud83d' })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        problems: [{ field: 'tenant' }],
      });
    });

    it('commits or rolls back with the caller’s transaction', async () => {
      const { id } = await host.subscribe(receiver.url);
      const callers = new DataSource({ type: 'postgres', url: database.url });
      await callers.initialize();
      const rolledBack = callers.transaction(async (manager) => {
        await host.publisher.publish('incident.created', anIncident, { manager });
        throw new Error('the caller thought better of it');
      });
      await expect(rolledBack).rejects.toThrow('the caller thought better of it');
      const kept = await callers.transaction(async (manager) => {
        const accepted = await host.publisher.publish('incident.created', anIncident, { manager });
        expect(receiver.requests).toHaveLength(0);
        return accepted;
      });
      await callers.destroy();
      await receiver.waitFor(1);
      expect([...receiver.ids()]).toEqual([kept.id]);
      expect(await host.allDeliveries({ subscriptionId: id })).toHaveLength(1);
    });
  });

  describe('matching', () => {
    it('honours a change for every event accepted after its response, on any instance', async () => {
      const other = await startHost({ enabled: false });
      try {
        for (let round = 0; round < 5; round++) {
          const accepted = await other.publisher.publish('incident.created', anIncident);
          expect(accepted.deliveries).toBe(0);
          const { id } = await host.subscribe(receiver.url, { eventTypes: ['incident.*'] });
          const after = await other.publisher.publish('incident.created', anIncident);
          expect(after.deliveries).toBe(1);
          await host.subscriptions.setEnabled(id, { enabled: false }, 'all');
          expect((await other.publisher.publish('incident.created', anIncident)).deliveries).toBe(
            0,
          );
          await host.subscriptions.remove(id, 'all');
        }
      } finally {
        await other.stop();
      }
    });

    it('matches exact types, prefixes and everything, and members of lists in filters', async () => {
      const subscriptions = await Promise.all(
        [
          { eventTypes: ['incident.created'] },
          { eventTypes: ['incident.*'] },
          { eventTypes: ['*'] },
          { eventTypes: ['incident.resolved'] },
          { eventTypes: ['*'], filter: { systemIds: 'sys-2' } },
          { eventTypes: ['*'], filter: { systemIds: 'sys-9' } },
        ].map((changes) => host.subscribe(receiver.url, changes)),
      );
      await host.publisher.publish('incident.created', {
        ...anIncident,
        systemIds: ['sys-1', 'sys-2'],
      });
      const counts = await Promise.all(
        subscriptions.map(
          async ({ id }) => (await host.allDeliveries({ subscriptionId: id })).length,
        ),
      );
      expect(counts).toEqual([1, 1, 1, 0, 1, 0]);
    });

    it('keeps tenants apart', async () => {
      const acme = await host.subscribe(receiver.url, { tenant: 'acme' });
      const globex = await host.subscribe(receiver.url, { tenant: 'globex' });
      await host.publisher.publish('incident.created', anIncident, { tenant: 'acme' });
      expect(await host.allDeliveries({ subscriptionId: acme.id })).toHaveLength(1);
      expect(await host.allDeliveries({ subscriptionId: globex.id })).toHaveLength(0);
      expect((await host.deliveries.list({}, { tenant: 'globex' })).items).toHaveLength(0);
    });

    it('refuses a filter that can never match, or that runs code', async () => {
      const never = host.subscribe(receiver.url, { filter: { 'systm.id': 1 } });
      await expect(never).rejects.toBeInstanceOf(InvalidInputError);
      const code = host.subscribe(receiver.url, { filter: { $where: 'true' } });
      await expect(code).rejects.toThrow(/\$where/);
    });
  });

  describe('delivering', () => {
    it('retries what failed, with the same id, until it succeeds, and clears the old error', async () => {
      receiver.answer((_request, index) => ({ status: index < 2 ? 503 : 200 }));
      const { id } = await host.subscribe(receiver.url, {
        retryPolicy: { delaysSeconds: [0, 0, 0], jitter: 0 },
      });
      await host.publisher.publish('incident.created', anIncident);
      await receiver.waitFor(3);
      const { id: deliveryId } = await onlyDelivery(id);
      const delivery = await host.deliveryWhen(deliveryId, (d) => d.status === 'delivered');
      expect(delivery).toMatchObject({
        attempts: 3,
        lastError: null,
        dueAt: null,
        lastStatus: 200,
      });
      expect(receiver.ids().size).toBe(1);
      const { log } = await host.deliveries.get(deliveryId, 'all');
      expect(log.map((a) => [a.attempt, a.outcome, a.response?.status])).toEqual([
        [1, 'retry', 503],
        [2, 'retry', 503],
        [3, 'delivered', 200],
      ]);
    });

    it('logs the request without its secrets, the response, and the times', async () => {
      receiver.answer(() => ({
        status: 200,
        body: 'thanks, s3cr3t-token',
        headers: { 'x-id': '7' },
      }));
      const { id } = await host.subscribe(receiver.url, {
        config: { url: receiver.url, auth: { type: 'bearer', token: 's3cr3t-token' } },
      });
      await host.publisher.publish('incident.created', anIncident);
      await receiver.waitFor(1);
      expect(receiver.requests[0]?.headers['authorization']).toBe('Bearer s3cr3t-token');
      const delivery = await onlyDelivery(id);
      await host.deliveryWhen(delivery.id, (d) => d.status === 'delivered');
      const details = await host.deliveries.get(delivery.id, 'all');
      expect(JSON.stringify(details)).not.toContain('s3cr3t-token');
      const [attempt] = details.log;
      expect(attempt?.request).toMatchObject({ method: 'POST', url: receiver.url });
      expect(attempt?.request?.headers['authorization']).toBe('[redacted]');
      expect(attempt?.request?.body).toBe(receiver.requests[0]?.body.toString());
      expect(attempt?.response).toMatchObject({ status: 200, headers: { 'x-id': '7' } });
      expect(attempt?.timings?.totalMs).toBeGreaterThan(0);
      expect(attempt?.timings?.firstByteMs).toBeGreaterThan(0);
      expect(attempt?.latencyMs).toBeGreaterThan(0);
    });

    it('lets Retry-After decide the next attempt, in seconds and as a date', async () => {
      receiver.answer((_request, index) => ({
        status: 429,
        headers: {
          'retry-after': index === 0 ? '600' : new Date(Date.now() + 1_200_000).toUTCString(),
        },
      }));
      const retryPolicy = { delaysSeconds: [1, 1], jitter: 0 };
      const dueInSeconds = async () => {
        const { id } = await host.subscribe(receiver.url, { retryPolicy });
        await host.publisher.publish('incident.resolved', anIncident);
        const { id: deliveryId } = await onlyDelivery(id);
        const { dueAt } = await host.deliveryWhen(deliveryId, (d) => d.status === 'retrying');
        await host.subscriptions.remove(id, 'all');
        return ((dueAt?.getTime() ?? 0) - Date.now()) / 1_000;
      };
      const first = await dueInSeconds();
      expect(first).toBeGreaterThan(590);
      expect(first).toBeLessThan(610);
      const second = await dueInSeconds();
      expect(second).toBeGreaterThan(1_180);
      expect(second).toBeLessThan(1_210);
    });

    it('makes the retry of tomorrow when tomorrow comes', async () => {
      receiver.answer((_request, index) => ({ status: index === 0 ? 500 : 200 }));
      const { id } = await host.subscribe(receiver.url, {
        retryPolicy: { delaysSeconds: [86_400], jitter: 0 },
      });
      await host.publisher.publish('incident.created', anIncident);
      const { id: deliveryId } = await onlyDelivery(id);
      await host.deliveryWhen(deliveryId, (d) => d.status === 'retrying');
      await moveTime({ databaseUrl: database.url, byMs: 86_400_000 });
      await host.deliveryWhen(deliveryId, (d) => d.status === 'delivered');
    });

    it('fails, visibly, when the last retry has failed', async () => {
      receiver.answer(() => ({ status: 500 }));
      const { id } = await host.subscribe(receiver.url, {
        retryPolicy: { delaysSeconds: [0], jitter: 0 },
      });
      await host.publisher.publish('incident.created', anIncident);
      const { id: deliveryId } = await onlyDelivery(id);
      const delivery = await host.deliveryWhen(deliveryId, (d) => d.status === 'failed');
      expect(delivery).toMatchObject({ attempts: 2, lastStatus: 500 });
      expect(delivery.lastError).toMatch(/500/);
    });

    it('disables a subscription whose receiver is gone (410), and cancels what waits', async () => {
      receiver.answer(() => ({ status: 410 }));
      const { id } = await host.subscribe(receiver.url);
      await host.publisher.publish('incident.created', anIncident);
      await expect
        .poll(async () => (await host.subscriptions.get(id, 'all')).enabled, { timeout: 5_000 })
        .toBe(false);
      expect((await host.subscriptions.get(id, 'all')).disabledReason).toMatch(/410/);
    });

    it('sends a queued delivery with the current config and secrets', async () => {
      receiver.answer((_request, index) => ({ status: index === 0 ? 500 : 200 }));
      const { id } = await host.subscribe(receiver.url, {
        retryPolicy: { delaysSeconds: [1], jitter: 0 },
      });
      await host.publisher.publish('incident.created', anIncident);
      await receiver.waitFor(1);
      await host.subscriptions.rotateSigningSecret(id, { overlapSeconds: 0 }, 'all');
      await host.subscriptions.update(
        id,
        { config: { url: receiver.url, headers: { 'x-version': '2' } } },
        'all',
      );
      await receiver.waitFor(2);
      const retried = receiver.requests[1];
      expect(retried?.headers['x-version']).toBe('2');
      const verify = new Webhook(await host.secretOf(id));
      expect(() => verify.verify(retried?.body ?? '', retried?.headers ?? {})).not.toThrow();
    });

    it('cancels the waiting deliveries of a subscription that is disabled or deleted', async () => {
      receiver.answer(() => ({ status: 500 }));
      const retryPolicy = { delaysSeconds: [3_600], jitter: 0 };
      for (const stop of ['disable', 'delete'] as const) {
        const { id } = await host.subscribe(receiver.url, { retryPolicy });
        await host.publisher.publish('incident.created', anIncident);
        const { id: deliveryId } = await onlyDelivery(id);
        await host.deliveryWhen(deliveryId, (d) => d.status === 'retrying');
        if (stop === 'disable') {
          await host.subscriptions.setEnabled(id, { enabled: false, reason: 'too noisy' }, 'all');
        } else await host.subscriptions.remove(id, 'all');
        const delivery = await host.deliveryWhen(deliveryId, (d) => d.status === 'cancelled');
        expect(delivery.lastError).toMatch(stop === 'disable' ? /too noisy|disabled/ : /deleted/);
      }
    });

    it('shows the first attempt in flight as attempting, not as a retry', async () => {
      const release = receiver.hold();
      const { id } = await host.subscribe(receiver.url);
      await host.publisher.publish('incident.created', anIncident);
      await receiver.waitFor(1);
      const { id: deliveryId } = await onlyDelivery(id);
      const { items } = await host.deliveries.list({ status: 'attempting' }, 'all');
      expect(items.map((d) => [d.id, d.status])).toEqual([[deliveryId, 'attempting']]);
      release();
      await host.deliveryWhen(deliveryId, (d) => d.status === 'delivered');
    });

    it.each([
      ['throw', 'retrying', /the pager is on fire/],
      ['nonsense', 'retrying', /returned no outcome/],
      ['hang', 'retrying', /did not end in time/],
      ['reject', 'failed', /no such channel/],
    ] as const)('records a provider that does %s as %s', async (mood, status, reason) => {
      const { id } = await host.subscribe(receiver.url, {
        provider: 'moody',
        config: { mood },
        timeoutMs: 1_000,
        retryPolicy: { delaysSeconds: [3_600] },
      });
      await host.publisher.publish('incident.created', anIncident);
      const { id: deliveryId } = await onlyDelivery(id);
      const delivery = await host.deliveryWhen(deliveryId, (d) => d.status === status);
      expect(delivery.lastError).toMatch(reason);
    });

    it('keeps the external id that a provider gave', async () => {
      const { id } = await host.subscribe(receiver.url, {
        provider: 'moody',
        config: { mood: 'ok' },
      });
      await host.publisher.publish('incident.created', anIncident);
      const { id: deliveryId } = await onlyDelivery(id);
      const delivery = await host.deliveryWhen(deliveryId, (d) => d.status === 'delivered');
      expect(delivery.externalId).toBe('PAGE-1');
    });

    it('refuses addresses inside without a retry, even where they were saved while allowed', async () => {
      const { id } = await host.subscribe(receiver.url);
      const client = new Client({ connectionString: database.url });
      await client.connect();
      await client.query(
        `UPDATE integration.integration_subscriptions
          SET config = (config::jsonb || $2::jsonb)::json, revision = revision + 1 WHERE id = $1`,
        [id, { url: 'http://[::1]:9/inside' }],
      );
      await client.end();
      await host.publisher.publish('incident.created', anIncident);
      const { id: deliveryId } = await onlyDelivery(id);
      const delivery = await host.deliveryWhen(deliveryId, (d) => d.status === 'failed');
      expect(delivery).toMatchObject({ attempts: 1 });
      expect(delivery.lastError).toMatch(/loopback/);
    });
  });

  describe('replaying', () => {
    it('sends a failed delivery again with its id and its time, its history kept', async () => {
      receiver.answer((_request, index) => ({ status: index === 0 ? 500 : 200 }));
      const { id } = await host.subscribe(receiver.url, { retryPolicy: 'none' });
      await host.publisher.publish('incident.created', anIncident, {
        occurredAt: new Date('2026-01-02T03:04:05.678Z'),
      });
      const { id: deliveryId } = await onlyDelivery(id);
      await host.deliveryWhen(deliveryId, (d) => d.status === 'failed');
      await host.subscriptions.setEnabled(id, { enabled: false }, 'all');

      await host.deliveries.replay(deliveryId, 'all');
      await host.deliveryWhen(deliveryId, (d) => d.status === 'delivered');
      const { log } = await host.deliveries.get(deliveryId, 'all');
      expect(log.map((a) => [a.attempt, a.outcome, a.isReplay])).toEqual([
        [1, 'retry', false],
        [2, 'delivered', true],
      ]);
      expect(receiver.ids().size).toBe(1);
      for (const { body } of receiver.requests) {
        expect(JSON.parse(body.toString())).toMatchObject({
          timestamp: '2026-01-02T03:04:05.678Z',
        });
      }
    });

    it('refuses to replay what is still under way', async () => {
      receiver.answer(() => ({ status: 500 }));
      const { id } = await host.subscribe(receiver.url, {
        retryPolicy: { delaysSeconds: [3_600] },
      });
      await host.publisher.publish('incident.created', anIncident);
      const { id: deliveryId } = await onlyDelivery(id);
      await host.deliveryWhen(deliveryId, (d) => d.status === 'retrying');
      await expect(host.deliveries.replay(deliveryId, 'all')).rejects.toThrow(/still retrying/);
    });
  });

  describe('testing a subscription', () => {
    it('shows request, status, response and time, and stores nothing', async () => {
      receiver.answer(() => ({ status: 202, body: 'noted' }));
      const { id } = await host.subscribe(receiver.url, { enabled: false });
      const attempt = await host.tester.send(id, { eventType: 'incident.created' }, 'all');
      expect(attempt).toMatchObject({
        outcome: 'delivered',
        request: { method: 'POST', url: receiver.url },
        response: { status: 202, body: 'noted' },
      });
      expect(attempt.latencyMs).toBeGreaterThan(0);
      expect(JSON.parse(attempt.request?.body ?? '')).toMatchObject({
        data: { title: 'Checkout is down' },
      });
      expect(await host.allDeliveries({ subscriptionId: id })).toHaveLength(0);
    });
  });

  describe('holding leases', () => {
    it('never attempts a delivery twice at once, whatever is announced how often', async () => {
      const other = await startHost();
      try {
        const { id } = await host.subscribe(receiver.url);
        await Promise.all(
          Array.from({ length: 200 }, () => host.publisher.publish('incident.created', anIncident)),
        );
        // The queue's worst: every delivery handed over again and again, to both processes.
        const all = (await host.allDeliveries({ subscriptionId: id })).map((d) => d.id);
        const { DeliveryQueue } = await import('../../libs/core/src/queue/delivery-queue.js');
        for (let again = 0; again < 5; again++) {
          for (const { app } of [host, other]) {
            app.get(DeliveryQueue).announce(all.map((deliveryId) => ({ id: deliveryId, inMs: 0 })));
          }
        }
        await receiver.waitFor(200);
        for (const deliveryId of all) {
          await host.deliveryWhen(deliveryId, (d) => d.status === 'delivered');
        }
        expect(receiver.requests).toHaveLength(200);
        expect(receiver.ids().size).toBe(200);
      } finally {
        await other.stop();
      }
    });
  });
});
