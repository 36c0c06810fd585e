import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { secret } from '@nest-integrations/common';
import { AuthorizationServer, Receiver } from '@nest-integrations/testing';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Host } from '../../../../test/support/host.js';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/postgres.js';
import { ConnectionService } from '../connections/connection.service.js';
import { ConnectionTester } from '../connections/connection.tester.js';
import { IntegrationEvent } from '../events/integration-event.decorator.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import type { ConnectionContext } from '../providers/connection-context.js';
import { fromResponse } from '../providers/delivery-outcome.js';
import type { DeliveryContext, DeliveryProvider } from '../providers/delivery-provider.js';
import { IntegrationProvider } from '../providers/integration-provider.decorator.js';
import { versioned } from '../providers/versioned.js';
import { SecretRotation } from '../rotation/secret.rotation.js';

const pagerConfig = z.strictObject({ url: z.string() });
const pagerAccount = z.strictObject({
  tokenUrl: z.string(),
  clientSecret: secret(z.string()),
});
type Config = z.output<typeof pagerConfig>;
type Account = z.output<typeof pagerAccount>;

@Injectable()
@IntegrationProvider({
  id: 'pager',
  displayName: 'Pager',
  config: versioned(1, pagerConfig),
  connection: versioned(1, pagerAccount),
  oauth: {
    connection: ({ tokenUrl, clientSecret }) => ({
      grant: 'client-credentials',
      tokenUrl,
      clientId: 'client',
      clientSecret,
      scopes: ['pages'],
    }),
  },
})
class PagerProvider implements DeliveryProvider<Config, Account> {
  async deliver({ config, event, http, oauth }: DeliveryContext<Config, Account>) {
    const response = await oauth.send((token) =>
      http.post(config.url, {
        json: { id: event.id },
        headers: { 'x-page': `by ${token}`, authorization: `Bearer ${token}` },
      }),
    );
    return fromResponse(response, { externalId: `page of ${response.text()}` });
  }

  async testConnection({ oauth }: ConnectionContext<Account>) {
    return { ok: true, message: `Signed in with ${await oauth.accessToken()}` };
  }
}

class PingEvents {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }
}

describe('OAuth tokens by client credentials', () => {
  let database: FreshDatabase;
  let server: AuthorizationServer;
  let receiver: Receiver;
  let host: Host;
  const others: Host[] = [];

  const start = (keys?: { id: string; key: string }[]) =>
    Host.start({
      ...(keys && { secrets: { keys } }),
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: '',
      redisPrefix: '',
      providers: [PingEvents, PagerProvider],
    });
  const sql = <Row>(text: string, values: unknown[] = []) =>
    host.app.get<DataSource>(INTEGRATION_DATA_SOURCE).query<Row[]>(text, values);
  const connect = (clientSecret = 'cl1ent-secret') =>
    host.app
      .get(ConnectionService)
      .create(
        { name: 'Pager', provider: 'pager', config: { tokenUrl: server.tokenUrl, clientSecret } },
        'all',
      );
  const subscribe = (connectionId: string) =>
    host.subscriptions.create(
      {
        name: 'Pages',
        eventTypes: ['ping'],
        provider: 'pager',
        config: { url: receiver.url },
        connectionId,
        retryPolicy: { delaysSeconds: [1] },
      },
      'all',
    );
  const bearers = () => receiver.requests.map(({ headers }) => headers['authorization']);

  beforeAll(async () => {
    database = await freshDatabase();
  });

  beforeEach(async () => {
    server = await AuthorizationServer.start();
    receiver = await Receiver.start();
    receiver.answer(({ headers }) => {
      const token = (headers['authorization'] ?? '').replace('Bearer ', '');
      return { status: server.accepts(token) ? 200 : 401, body: token };
    });
    host = await start();
  });

  afterEach(async () => {
    for (const other of others.splice(0)) await other.stop();
    const { items } = await host.subscriptions.list({ limit: 200 }, 'all');
    for (const { id } of items) await host.subscriptions.remove(id, 'all');
    await host.stop();
    await receiver.stop();
    await server.stop();
  });

  afterAll(async () => {
    await database.drop();
  });

  it('are asked for once, whichever of the processes needs one first, and however many do', async () => {
    others.push(await start(), await start());
    const { id } = await connect();
    for (let n = 0; n < 4; n++) await subscribe(id);
    const hold = server.receiver.hold();
    await Promise.all(Array.from({ length: 10 }, (_, n) => host.emitter.emitAsync('ping', { n })));
    await server.receiver.waitFor(1);
    hold();
    await receiver.waitFor(40, 20_000);
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]?.get('scope')).toBe('pages');
    expect(new Set(bearers())).toEqual(new Set(['Bearer access-1']));
  });

  it('that the receiver refuses are renewed once, within the attempt', async () => {
    await subscribe((await connect()).id);
    await host.emitter.emitAsync('ping', { n: 1 });
    await receiver.waitFor(1);
    server.expireAccessTokens();
    await sql(
      `UPDATE integration.integration_oauth_tokens SET obtained_at = now() - interval '1 minute'`,
    );
    await host.emitter.emitAsync('ping', { n: 2 });
    await receiver.waitFor(3);
    expect(bearers()).toEqual(['Bearer access-1', 'Bearer access-1', 'Bearer access-2']);
    const [latest] = await host.allDeliveries();
    await host.deliveryWhen(latest?.id ?? '', ({ status }) => status === 'delivered');
  });

  it('that are new and refused all the same are not asked for again and again', async () => {
    receiver.answer(() => ({ status: 401 }));
    await subscribe((await connect()).id);
    for (let n = 0; n < 5; n++) await host.emitter.emitAsync('ping', { n });
    await receiver.waitFor(5);
    expect(server.asked).toHaveLength(1);
  });

  it('reach no log, no attempt, no answer and no table in clear', async () => {
    const { id } = await connect();
    const subscription = await subscribe(id);
    await host.emitter.emitAsync('ping', { n: 1 });
    await receiver.waitFor(1);
    const [delivery] = await host.allDeliveries({ subscriptionId: subscription.id });
    const shown = await host.deliveryWhen(
      delivery?.id ?? '',
      ({ status }) => status === 'delivered',
    );
    expect(shown.externalId).toBe('page of [redacted]');
    const stored = await sql('SELECT * FROM integration.integration_oauth_tokens');
    const attempts = await sql('SELECT * FROM integration.delivery_logs');
    expect(attempts).not.toEqual([]);
    expect(JSON.stringify([shown, stored, attempts])).not.toMatch(/access-\d|cl1ent-secret/);
    expect(await host.app.get(ConnectionTester).testStored(id, 'all')).toEqual({
      ok: true,
      message: 'Signed in with [redacted]',
    });
  });

  it('are asked for anew by another secret, and say when it is refused', async () => {
    const { id } = await connect();
    await subscribe(id);
    await host.emitter.emitAsync('ping', { n: 1 });
    await receiver.waitFor(1);
    const config = { tokenUrl: server.tokenUrl, clientSecret: 'another-one' };
    await host.app.get(ConnectionService).update(id, { config }, 'all');
    await host.emitter.emitAsync('ping', { n: 2 });
    const [failing] = await host.allDeliveries();
    const delivery = await host.deliveryWhen(failing?.id ?? '', (each) => each.lastError !== null);
    expect(delivery.lastError).toBe('The token server answered 401: invalid_client');
    expect(receiver.requests).toHaveLength(1);
  });

  it('are not asked for again at once by all who wait, where the server fails', async () => {
    others.push(await start());
    const { id } = await connect();
    const ours = new Set<string>();
    for (let n = 0; n < 4; n++) ours.add((await subscribe(id)).id);
    server.next = { status: 503, headers: { 'retry-after': '60' } };
    for (let n = 0; n < 5; n++) await host.emitter.emitAsync('ping', { n });
    for (const { id: deliveryId, subscriptionId } of await host.allDeliveries()) {
      if (!ours.has(subscriptionId)) continue;
      const seen = await host.deliveryWhen(deliveryId, (each) => each.lastError !== null);
      expect(seen.lastError).toBe('The token server answered 503');
    }
    expect(server.asked).toHaveLength(1);
  });

  it('go to the primary key with the rotation of keys, and away with their connection', async () => {
    const keys = ['old', 'next'].map((id) => ({ id, key: randomBytes(32).toString('base64') }));
    const [old, next] = keys;
    if (!old || !next) throw new Error('two keys were made');
    const restart = async (...ring: { id: string; key: string }[]) => {
      await host.stop();
      host = await start(ring);
    };
    await restart(old);
    const { id } = await connect();
    const { id: subscriptionId } = await subscribe(id);
    await host.emitter.emitAsync('ping', { n: 1 });
    await receiver.waitFor(1);
    await restart(next, old);
    await host.app.get(SecretRotation).rotate();
    await restart(next);
    await host.emitter.emitAsync('ping', { n: 2 });
    await receiver.waitFor(2);
    expect(bearers()).toEqual(['Bearer access-1', 'Bearer access-1']);
    await host.subscriptions.remove(subscriptionId, 'all');
    await host.app.get(ConnectionService).remove(id, 'all');
    const left = 'SELECT id FROM integration.integration_oauth_tokens WHERE id = $1';
    expect(await sql(left, [id])).toEqual([]);
  });
});
