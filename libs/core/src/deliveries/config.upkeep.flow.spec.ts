import { Injectable, type Type } from '@nestjs/common';
import { secret } from '@nest-integrations/common';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Host } from '../../../../test/support/host.js';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/postgres.js';
import { until } from '../../../../test/support/until.js';
import { ConnectionService } from '../connections/connection.service.js';
import { IntegrationEvent } from '../events/integration-event.decorator.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { delivered, type DeliveryOutcome } from '../providers/delivery-outcome.js';
import type { DeliveryContext, DeliveryProvider } from '../providers/delivery-provider.js';
import { IntegrationProvider } from '../providers/integration-provider.decorator.js';
import { versioned } from '../providers/versioned.js';
import { StoredConfigStore } from './stored-config.store.js';

const TOKEN = 'not-a-real-token';
/** What each release was given to deliver by. */
const given: unknown[] = [];

@Injectable()
@IntegrationProvider({
  id: 'pager',
  displayName: 'Pager',
  config: versioned(1, z.strictObject({ room: z.string() })),
  connection: versioned(1, z.strictObject({ token: secret(z.string()) })),
})
class FirstPager implements DeliveryProvider {
  async deliver(): Promise<DeliveryOutcome> {
    return delivered();
  }
}

const roomOf = z.object({ room: z.string() });
const tokenOf = z.object({ token: z.string() });

@Injectable()
@IntegrationProvider({
  id: 'pager',
  displayName: 'Pager',
  config: versioned(
    2,
    z.strictObject({ rooms: z.array(z.string().max(10)), loud: z.boolean().default(false) }),
    { 1: (config) => ({ rooms: [roomOf.parse(config).room] }) },
  ),
  connection: versioned(2, z.strictObject({ apiKey: secret(z.string().min(8)) }), {
    1: (config) => ({ apiKey: tokenOf.parse(config).token }),
  }),
})
class SecondPager implements DeliveryProvider {
  async deliver({ config, connection }: DeliveryContext<unknown>): Promise<DeliveryOutcome> {
    given.push({ config, connection });
    return delivered();
  }
}

class PingEvents {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }
}

describe('stored configs of another version', () => {
  let database: FreshDatabase;
  let host: Host;

  const start = async (provider: Type, rewriteConfigsAfterMs = 600_000) => {
    host = await Host.start({
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: '',
      redisPrefix: '',
      providers: [provider, PingEvents],
      subscriptions: { rewriteConfigsAfterMs },
    });
  };
  const sql = <Row>(text: string, values: unknown[] = []) =>
    host.app.get<DataSource>(INTEGRATION_DATA_SOURCE).query<Row[]>(text, values);
  const connect = (token = TOKEN) =>
    host.app
      .get(ConnectionService)
      .create({ name: 'Pager', provider: 'pager', config: { token } }, 'all');
  const subscribe = (connectionId: string, room: string) =>
    host.subscriptions.create(
      { name: room, eventTypes: ['*'], provider: 'pager', config: { room }, connectionId },
      'all',
    );
  const unfit = async () =>
    (await host.subscriptions.list({ hasConfigProblem: true }, 'all')).items;

  beforeAll(async () => {
    database = await freshDatabase();
  });

  afterEach(async () => {
    await sql('DELETE FROM integration.integration_subscriptions');
    await sql('DELETE FROM integration.integration_connections');
    await host.stop();
  });

  afterAll(async () => {
    await database.drop();
  });

  it('are stored anew as they are read, secrets sealed, no revision moved', async () => {
    await start(FirstPager);
    const connection = await connect();
    const subscription = await subscribe(connection.id, 'ops');
    await host.stop();

    await start(SecondPager, 0);
    interface Row {
      readonly config: unknown;
      readonly config_version: number;
      readonly revision: number;
    }
    const rows = () =>
      sql<Row>(`SELECT config, config_version, revision FROM integration.integration_subscriptions
        UNION ALL
        SELECT config, config_version, revision FROM integration.integration_connections`);
    await until('both', async () =>
      (await rows()).every(({ config_version: version }) => version === 2),
    );
    const [stored, account] = await rows();
    expect(stored).toEqual({
      config: { rooms: ['ops'], loud: false },
      config_version: 2,
      revision: subscription.revision,
    });
    expect(account).toMatchObject({ revision: connection.revision });
    expect(account?.config).toEqual({ apiKey: expect.stringMatching(/^enc:v1:/) });
    await host.tester.send(subscription.id, { eventType: 'ping', payload: { n: 1 } }, 'all');
    expect(given).toEqual([
      { config: { rooms: ['ops'], loud: false }, connection: { apiKey: TOKEN } },
    ]);
  });

  it('that no longer fit, or are from the future, disable their subscription with the reason', async () => {
    await start(FirstPager);
    const { id: connectionId } = await connect();
    const good = await subscribe(connectionId, 'ops');
    const long = await subscribe(connectionId, 'a-room-of-a-long-name');
    const short = await subscribe((await connect('short')).id, 'ops-2');
    await host.stop();

    await start(SecondPager);
    await until('what does not fit', async () => (await unfit()).length === 2);
    await until('the disabled', async () => (await unfit()).every(({ enabled }) => !enabled));
    const byId = new Map((await unfit()).map((each) => [each.id, each]));
    expect(byId.get(long.id)?.disabledReason).toMatch(/config does not fit .*rooms/);
    expect(byId.get(short.id)?.disabledReason).toMatch(/connection does not fit .*apiKey/);
    const connections = host.app.get(ConnectionService);
    const { items } = await connections.list({ hasConfigProblem: true }, 'all');
    expect(items).toMatchObject([{ configProblem: expect.stringContaining('apiKey') }]);
    const told = await sql(
      `SELECT id FROM integration.integration_events WHERE type = 'integration.subscription.disabled'`,
    );
    expect(told).toHaveLength(2);

    await expect(host.subscriptions.setEnabled(long.id, { enabled: true }, 'all')).rejects.toThrow(
      /Change it first/,
    );
    await host.subscriptions.update(long.id, { config: { rooms: ['a-room'] } }, 'all');
    await host.subscriptions.setEnabled(long.id, { enabled: true }, 'all');
    await host.subscriptions.update(good.id, { config: { rooms: ['ops'] } }, 'all');
    await host.stop();

    // The release before comes back.
    await start(FirstPager);
    await until('those from the future', async () => {
      const seen = await host.subscriptions.get(good.id, 'all');
      return !seen.enabled && (seen.disabledReason ?? '').includes('was written by version 2');
    });
  });

  it('are never written over what an admin has saved meanwhile', async () => {
    await start(FirstPager);
    const { id } = await subscribe((await connect()).id, 'ops');
    const store = host.app.get(StoredConfigStore);
    const [read] = await store.after('subscription', null);
    if (!read) throw new Error('one is stored');
    await host.subscriptions.update(id, { config: { room: 'night' } }, 'all');
    const next = { config: { room: 'lost' }, version: 1 };
    expect(await store.rewrite('subscription', read, next)).toBe(false);
    await store.noteProblem('subscription', read, 'of another time');
    expect(await host.subscriptions.get(id, 'all')).toMatchObject({
      config: { room: 'night' },
      configProblem: null,
    });
  });
});
