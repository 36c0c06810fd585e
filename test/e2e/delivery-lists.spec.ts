import { Injectable, type INestApplication } from '@nestjs/common';
import type { DeliveryDto, EventDetailsDto, EventPageDto } from '@nest-integrations/admin';
import {
  delivered,
  IntegrationEvent,
  IntegrationProvider,
  IntegrationPublisher,
  retry,
  versioned,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
} from '@nest-integrations/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { adminCalls, startAdminHost, type AdminAnswer } from '../support/admin-host.js';
import { eventually } from '../support/eventually.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

@Injectable()
class Events {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }

  @IntegrationEvent({ hook: 'pong', displayName: 'Pong', payload: z.object({ n: z.number() }) })
  pong(payload: { n: number }): { n: number } {
    return payload;
  }
}

const deskConfig = z.strictObject({ does: z.enum(['answer', 'fail', 'hang']) });
type DeskConfig = z.infer<typeof deskConfig>;

let letGo: () => void = () => undefined;
const hanging = new Promise<void>((resolve) => (letGo = resolve));

/** Gives what it takes an id of its own, fails, or hangs until it is let go. */
@Injectable()
@IntegrationProvider({ id: 'desk', displayName: 'Desk', config: versioned(1, deskConfig) })
class DeskProvider implements DeliveryProvider<DeskConfig> {
  async deliver({ config, event }: DeliveryContext<DeskConfig>): Promise<DeliveryOutcome> {
    if (config.does === 'fail') return retry('The desk is closed');
    if (config.does === 'hang') await hanging;
    return delivered({ externalId: `DESK-${z.object({ n: z.number() }).parse(event.payload).n}` });
  }
}

const item = z.object({ id: z.string(), status: z.string(), eventId: z.string() });
const page = z.object({ items: z.array(item), nextCursor: z.string().nullable() });

describe('deliveries and events, looked for', () => {
  let database: FreshDatabase;
  let app: INestApplication;
  let as: ReturnType<typeof adminCalls>;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startAdminHost(database.url, [Events, DeskProvider]);
    as = adminCalls(app);
  });

  afterAll(async () => {
    letGo();
    await app?.close();
    await database?.drop();
  });

  async function subscribe(
    tenant: string,
    does: DeskConfig['does'],
    changes: object = {},
  ): Promise<string> {
    const answer = await as(`${tenant}/ann`)('POST', '/subscriptions', {
      name: `Desk that does ${does}`,
      eventTypes: ['ping', 'pong'],
      provider: 'desk',
      config: { does },
      retryPolicy: { delaysSeconds: [3_600] },
      ...changes,
    });
    expect(answer.status, answer.text).toBe(201);
    return String(answer.body['id']);
  }

  async function publish(tenant: string, n: number, type = 'ping'): Promise<string> {
    return (await app.get(IntegrationPublisher).publish(type, { n }, { tenant })).id;
  }

  async function listed(tenant: string, query: string): Promise<z.infer<typeof page>> {
    const answer = await as(`${tenant}/ann`)('GET', `/deliveries?${query}`);
    expect(answer.status, answer.text).toBe(200);
    return page.parse(answer.body);
  }

  const deliveryOf = (tenant: string, eventId: string, status: string) =>
    eventually(async () => (await listed(tenant, `eventId=${eventId}&status=${status}`)).items[0]);

  const act = (tenant: string, id: string, action: string) =>
    as(`${tenant}/ann`)('POST', `/deliveries/${id}/${action}`);

  function expectConflict(answer: AdminAnswer, words: string): void {
    expect(answer.status, answer.text).toBe(409);
    expect(answer.body['detail']).toContain(words);
  }

  it('fit one of several statuses, in one order, page after page', async () => {
    const tenant = 'several';
    await subscribe(tenant, 'answer', { eventTypes: ['ping'] });
    await subscribe(tenant, 'fail', { eventTypes: ['pong'] });
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) {
      const eventId = await publish(tenant, n, n % 2 === 0 ? 'ping' : 'pong');
      ids.push((await deliveryOf(tenant, eventId, n % 2 === 0 ? 'delivered' : 'retrying')).id);
    }
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = `status=delivered,retrying,failed&limit=4${cursor && `&cursor=${cursor}`}`;
      const { items, nextCursor } = await listed(tenant, query);
      seen.push(...items.map(({ id }) => id));
      cursor = nextCursor;
    }
    expect(seen).toEqual(ids.toReversed());
    const wrong = await as(`${tenant}/ann`)('GET', '/deliveries?status=delivered,gone');
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('status');
  });

  it('are found by provider and by event type, for a tenant and for who sees all', async () => {
    const tenant = 'kinds';
    const subscriptionId = await subscribe(tenant, 'answer');
    const eventId = await publish(tenant, 1, 'pong');
    const { id } = await deliveryOf(tenant, eventId, 'delivered');
    for (const who of [tenant, 'all']) {
      const byProvider = await listed(who, `provider=desk&eventId=${eventId}`);
      expect(byProvider.items).toMatchObject([{ id }]);
      expect((await listed(who, 'provider=desk&eventType=pong&limit=200')).items).toContainEqual(
        expect.objectContaining({
          id,
        }),
      );
      expect((await listed(who, 'eventType=pong&limit=200')).items.map((one) => one.id)).toContain(
        id,
      );
      expect((await listed(who, 'provider=webhook')).items).toEqual([]);
    }
    const { body } = await as(`${tenant}/ann`)('GET', `/deliveries/${id}`);
    expect(body).toMatchObject({
      subscriptionId,
      subscriptionName: 'Desk that does answer',
      provider: 'desk',
    });
  });

  it('are found by their id, their event’s and the receiver’s, whole or how they begin', async () => {
    const tenant = 'search';
    await subscribe(tenant, 'answer');
    const eventId = await publish(tenant, 4711);
    const { id } = await deliveryOf(tenant, eventId, 'delivered');
    await deliveryOf(tenant, await publish(tenant, 4712), 'delivered');
    const found = async (text: string) =>
      (await listed(tenant, `search=${encodeURIComponent(text)}`)).items.map((one) => one.id);
    for (const text of [id, id.toUpperCase(), id.slice(0, 30), eventId, eventId.slice(0, 30)]) {
      expect(await found(text), text).toEqual([id]);
    }
    expect(await found('DESK-4711')).toEqual([id]);
    expect(await found('DESK-471')).toHaveLength(2);
    expect(await found(id.slice(0, 8))).toHaveLength(2);
    for (const text of ['%', '_', 'DESK-471_', "'; --", 'desk', '\\']) {
      expect(await found(text), text).toEqual([]);
    }
    expect((await listed('stranger', `search=${id}`)).items).toEqual([]);
    expect((await listed('stranger', 'search=DESK-4711')).items).toEqual([]);
    expect((await listed(tenant, `search=${id}&status=failed`)).items).toEqual([]);
  });

  it('are cancelled while they wait, once, and not attempted again', async () => {
    const tenant = 'cancels';
    await subscribe(tenant, 'fail');
    const { id } = await deliveryOf(tenant, await publish(tenant, 1), 'retrying');
    const answer = await act(tenant, id, 'cancel');
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      status: 'cancelled',
      dueAt: null,
      lastError: 'Cancelled by an admin',
    });
    expectConflict(await act(tenant, id, 'cancel'), 'is cancelled already');
    expectConflict(await act(tenant, id, 'retry-now'), 'is cancelled already');
    const { body } = await as(`${tenant}/ann`)('GET', `/audit-log?subjectId=${id}`);
    expect(body['items']).toMatchObject([
      {
        operation: 'cancelDelivery',
        actor: 'ann',
        tenant,
        before: { status: 'retrying' },
        after: { status: 'cancelled' },
      },
    ]);
  });

  it('are attempted at once on request, instead of when the policy said', async () => {
    const tenant = 'hurry';
    await subscribe(tenant, 'fail', { retryPolicy: { delaysSeconds: [3_600, 3_600] } });
    const { id } = await deliveryOf(tenant, await publish(tenant, 1), 'retrying');
    const answer = await act(tenant, id, 'retry-now');
    expect(answer.status, answer.text).toBe(202);
    const again = await eventually(async () => {
      const { body } = await as(`${tenant}/ann`)('GET', `/deliveries/${id}`);
      return body['attempts'] === 2 && body['status'] === 'retrying' ? body : undefined;
    });
    expect(Date.parse(String(again['dueAt']))).toBeGreaterThan(Date.now() + 1_000_000);
    const { body } = await as(`${tenant}/ann`)('GET', `/audit-log?subjectId=${id}`);
    expect(body['items']).toMatchObject([{ operation: 'retryDelivery', actor: 'ann' }]);
  });

  it('are left alone while they are under way, and once they are delivered', async () => {
    const tenant = 'busy';
    await subscribe(tenant, 'hang', { eventTypes: ['ping'] });
    await subscribe(tenant, 'answer', { eventTypes: ['pong'] });
    const underWay = await deliveryOf(tenant, await publish(tenant, 1), 'attempting');
    expectConflict(await act(tenant, underWay.id, 'cancel'), 'is being attempted right now');
    expectConflict(await act(tenant, underWay.id, 'retry-now'), 'is being attempted right now');
    const done = await deliveryOf(tenant, await publish(tenant, 2, 'pong'), 'delivered');
    expectConflict(await act(tenant, done.id, 'cancel'), 'is delivered already');
    expectConflict(await act(tenant, done.id, 'retry-now'), 'is delivered already');
  });

  it('are not hurried past the order of their subscription, but are taken out of it', async () => {
    const tenant = 'ordered';
    await subscribe(tenant, 'fail', { ordering: {} });
    const first = await deliveryOf(tenant, await publish(tenant, 1), 'retrying');
    const second = await deliveryOf(tenant, await publish(tenant, 2), 'pending');
    expectConflict(await act(tenant, second.id, 'retry-now'), 'waits for its turn');
    expect((await act(tenant, first.id, 'cancel')).status).toBe(200);
    await deliveryOf(tenant, second.eventId, 'retrying');
  });

  it('of an event are counted by status in a list, and shown with it', async () => {
    const tenant = 'fan-out';
    await subscribe(tenant, 'answer');
    await subscribe(tenant, 'answer');
    await subscribe(tenant, 'fail', { eventTypes: ['ping'] });
    const eventId = await publish(tenant, 1);
    await deliveryOf(tenant, eventId, 'retrying');
    await eventually(async () =>
      (await listed(tenant, `eventId=${eventId}&status=delivered`)).items.length === 2
        ? true
        : undefined,
    );
    const other = await publish(tenant, 2, 'pong');
    const none = await publish('no-subscriptions', 3);
    const counts = {
      pending: 0,
      attempting: 0,
      retrying: 1,
      delivered: 2,
      failed: 0,
      cancelled: 0,
    };
    const ask = as(`${tenant}/ann`);
    const { items } = (await ask('GET', '/events')).body as unknown as EventPageDto;
    expect(items.map(({ id }) => id)).toEqual([other, eventId]);
    expect(items[1]).toMatchObject({ id: eventId, type: 'ping', tenant, deliveryCounts: counts });
    const details = (await ask('GET', `/events/${eventId}`)).body as unknown as EventDetailsDto;
    expect(details).toMatchObject({
      payload: { n: 1 },
      payloadRemovedAt: null,
      deliveryCounts: counts,
    });
    expect(details.deliveries.map(({ status }: DeliveryDto) => status).toSorted()).toEqual([
      'delivered',
      'delivered',
      'retrying',
    ]);
    const ids = async (who: string, query: string) =>
      (
        (await as(`${who}/ann`)('GET', `/events?${query}`)).body as unknown as EventPageDto
      ).items.map(({ id }) => id);
    expect(await ids(tenant, 'type=pong')).toEqual([other]);
    expect(await ids('all', 'type=pong&limit=1')).toEqual([other]);
    expect(await ids('all', 'type=ping&limit=1')).toEqual([none]);
    expect(await ids(tenant, `search=${eventId.slice(0, 30)}`)).toEqual([eventId]);
    expect(await ids('no-subscriptions', `search=${eventId}`)).toEqual([]);
    expect(await ids(tenant, 'to=2020-01-01')).toEqual([]);
  });

  it('of an event that was erased show no payload', async () => {
    const eventId = await publish('erased', 1);
    const ask = as('erased/ann');
    expect((await ask('DELETE', `/events/${eventId}/payload`)).status).toBe(200);
    const { body } = await ask('GET', `/events/${eventId}`);
    expect(body).toMatchObject({ id: eventId, payload: null });
    expect(body['payloadRemovedAt']).toMatch(/^\d{4}-/);
  });
});
