import { Injectable, type INestApplication } from '@nestjs/common';
import { secret } from '@nest-integrations/common';
import {
  delivered,
  IntegrationEvent,
  IntegrationProvider,
  IntegrationPublisher,
  SubscriptionService,
  versioned,
  type DeliveryOutcome,
  type DeliveryProvider,
} from '@nest-integrations/core';
import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { adminCalls, startAdminHost } from '../support/admin-host.js';
import { eventually } from '../support/eventually.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

const SECRET = 's3cr3t-of-the-chat';

@Injectable()
class Events {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }
}

@Injectable()
@IntegrationProvider({
  id: 'chat',
  displayName: 'Chat',
  config: versioned(1, z.strictObject({ room: z.string(), code: secret(z.string()).optional() })),
  connection: versioned(1, z.strictObject({ site: z.string(), key: secret(z.string()) })),
})
class ChatProvider implements DeliveryProvider {
  async deliver(): Promise<DeliveryOutcome> {
    return delivered();
  }
}

const entry = z.looseObject({
  operation: z.string(),
  actor: z.string().nullable(),
  subjectType: z.string(),
  subjectId: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
});

describe('the audit log', () => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let app: INestApplication;
  let ask: ReturnType<ReturnType<typeof adminCalls>>;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    app = await startAdminHost(database.url, [Events, ChatProvider]);
    ask = adminCalls(app)('all/root');
  });

  afterAll(async () => {
    await app?.close();
    await receiver?.stop();
    await database?.drop();
  });

  async function entries(query = '') {
    const { text, body, status } = await ask('GET', `/audit-log?limit=200${query}`);
    expect(status, text).toBe(200);
    expect(text).not.toContain(SECRET);
    return z.array(entry).parse(body['items']);
  }

  async function created(path: string, body: unknown): Promise<string> {
    const answer = await ask('POST', path, body);
    expect(answer.status, answer.text).toBe(201);
    return String(answer.body['id']);
  }

  it('says who changed what of a connection, before and after, and which secrets, never their values', async () => {
    const config = { site: 'a.example', key: SECRET };
    const id = await created('/connections', { name: 'Chat', provider: 'chat', config });
    await ask('PATCH', `/connections/${id}`, { config: { site: 'b.example', key: `${SECRET}2` } });
    await ask('PATCH', `/connections/${id}`, { name: 'Renamed' });
    await ask('DELETE', `/connections/${id}`);
    const found = await entries(`&subjectId=${id}`);
    expect(found.map(({ operation, actor }) => [operation, actor])).toEqual([
      ['deleteConnection', 'root'],
      ['updateConnection', 'root'],
      ['updateConnection', 'root'],
      ['createConnection', 'root'],
    ]);
    expect(found[2]).toMatchObject({
      subjectType: 'connection',
      before: { config: { site: 'a.example' }, configSecrets: ['key'] },
      after: { config: { site: 'b.example' }, configSecrets: ['key'], changedSecrets: ['key'] },
    });
    expect(found[1]?.after).not.toHaveProperty('changedSecrets');
    expect(found[0]?.after).toBeNull();
  });

  it('says the same of a subscription, and that its secrets were shown to somebody', async () => {
    const connectionId = await created('/connections', {
      name: 'Chat',
      provider: 'chat',
      config: { site: 'a', key: SECRET },
    });
    const id = await created('/subscriptions', {
      name: 'Audited',
      eventTypes: ['ping'],
      provider: 'chat',
      connectionId,
      config: { room: 'a', code: SECRET },
    });
    await ask('PATCH', `/subscriptions/${id}`, { config: { room: 'b' } });
    await ask('POST', `/subscriptions/${id}/disable`);
    await ask('POST', `/subscriptions/${id}/enable`);
    await ask('POST', `/subscriptions/${id}/signing-secrets/reveal`);
    await ask('DELETE', `/subscriptions/${id}`);
    const found = await entries(`&subjectId=${id}`);
    expect(found.map(({ operation }) => operation)).toEqual([
      'deleteSubscription',
      'revealSigningSecrets',
      'enableSubscription',
      'disableSubscription',
      'updateSubscription',
      'createSubscription',
    ]);
    expect(found[4]).toMatchObject({
      before: { config: { room: 'a' } },
      after: { config: { room: 'b' }, configSecrets: ['code'] },
    });
    expect(found[3]).toMatchObject({ before: { enabled: true }, after: { enabled: false } });
  });

  it('has an entry for a replay, a test and an erasure, and none for a call that was refused', async () => {
    const id = await created('/subscriptions', {
      name: 'Hook',
      eventTypes: ['ping'],
      provider: 'webhook',
      config: { url: receiver.url },
    });
    const { id: eventId } = await app.get(IntegrationPublisher).publish('ping', { n: 1 });
    await receiver.waitFor(1);
    const replay = async () => {
      const { body } = await ask('GET', `/deliveries?eventId=${eventId}&status=delivered`);
      const [first] = z.array(z.object({ id: z.string() })).parse(body['items']);
      if (!first) return undefined;
      expect((await ask('POST', `/deliveries/${first.id}/replay`)).status).toBeLessThan(300);
      return first.id;
    };
    const deliveryId = await eventually(replay);
    await ask('POST', `/subscriptions/${id}/test`, {});
    await ask('DELETE', `/events/${eventId}/payload`);
    const before = await entries();
    await ask('PATCH', `/subscriptions/${id}`, { name: '' });
    await ask('DELETE', '/subscriptions/01900000-0000-7000-8000-000000000000');
    expect(await entries()).toEqual(before);
    expect(before.slice(0, 3)).toMatchObject([
      { operation: 'eraseEventPayload', subjectType: 'event', subjectId: eventId },
      { operation: 'sendTestEvent', subjectType: 'subscription', subjectId: id },
      { operation: 'replayDelivery', subjectType: 'delivery', subjectId: deliveryId },
    ]);
  });

  it('names no actor for what the host app does by itself', async () => {
    const { id } = await app
      .get(SubscriptionService)
      .create(
        { name: 'Own', eventTypes: ['ping'], provider: 'webhook', config: { url: receiver.url } },
        'all',
      );
    expect(await entries(`&subjectId=${id}`)).toMatchObject([
      { operation: 'createSubscription', actor: null },
    ]);
  });

  it('is read by pages, actor, operation and time', async () => {
    const all = await entries();
    const pages: unknown[] = [];
    for (let cursor = ''; ;) {
      const { body } = await ask('GET', `/audit-log?limit=3${cursor}`);
      pages.push(...z.array(z.unknown()).parse(body['items']));
      const next = z.string().nullable().parse(body['nextCursor']);
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    expect(pages).toEqual(all);
    expect(await entries('&actor=nobody')).toEqual([]);
    const enabled = await entries('&operation=enableSubscription');
    expect(enabled).toEqual(all.filter(({ operation }) => operation === 'enableSubscription'));
    expect(await entries(`&from=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
  });

  it('can’t be rewritten by a slip in a statement', async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      for (const slip of ['UPDATE %t SET actor = NULL', 'DELETE FROM %t', 'TRUNCATE %t']) {
        const text = slip.replace('%t', 'integration.integration_audit_log');
        await expect(client.query(text)).rejects.toThrow('append-only');
      }
    } finally {
      await client.end();
    }
  });
});
