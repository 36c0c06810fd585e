import { randomBytes } from 'node:crypto';
import { InvalidInputError, IntegrationEvent } from '@nest-integrations/core';
import { Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Host } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

class PingEvents {
  @IntegrationEvent({
    hook: 'ping',
    displayName: 'Ping',
    payload: z.object({ n: z.number() }),
    example: { n: 1 },
  })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }
}

describe('what a subscription promises of its secrets', () => {
  let database: FreshDatabase;
  let host: Host;
  let receiver: Receiver;

  beforeAll(async () => {
    database = await freshDatabase();
    host = await Host.start({
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: '',
      redisPrefix: '',
      providers: [PingEvents],
      secrets: { keys: [{ id: 'k', key: randomBytes(32).toString('base64') }] },
    });
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

  const withAuth = (auth: object) =>
    host.subscribe(receiver.url, { config: { url: receiver.url, auth } });

  async function sql(text: string, values: unknown[]): Promise<void> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(text, values);
    } finally {
      await client.end();
    }
  }

  async function fieldsRefused(saving: Promise<unknown>): Promise<string[]> {
    const error: unknown = await saving.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof InvalidInputError)) throw new Error('it was saved', { cause: error });
    return [...new Set(error.problems.map(({ field }) => field))];
  }

  const bearer = { type: 'bearer', token: 'the-token' };
  const incomplete: readonly [string, object, string][] = [
    ['bearer', { type: 'bearer' }, 'config.auth.token'],
    ['bearer with an empty token', { type: 'bearer', token: '' }, 'config.auth.token'],
    ['basic', { type: 'basic', username: 'u' }, 'config.auth.password'],
    ['header', { type: 'header', name: 'x-key' }, 'config.auth.value'],
    [
      'oauth2',
      { type: 'oauth2', tokenUrl: 'https://id.example/token', clientId: 'c' },
      'config.auth.clientSecret',
    ],
  ];

  it.each(incomplete)(
    'an auth mode chosen without its secret (%s) is refused when it is saved',
    async (_, auth, field) => {
      expect(await fieldsRefused(withAuth(auth))).toEqual([field]);
    },
  );

  it.each(
    incomplete.filter(([, { type }]: [string, { type?: string }, string]) => type !== 'bearer'),
  )(
    'an auth mode changed to one without its secret (%s) is refused, and the old one stays',
    async (_, auth, field) => {
      const { id } = await withAuth(bearer);
      const config = { url: receiver.url, auth };
      expect(await fieldsRefused(host.subscriptions.update(id, { config }, 'all'))).toEqual([
        field,
      ]);
      await host.emitter.emitAsync('ping', { n: 1 });
      await receiver.waitFor(1);
      expect(receiver.requests[0]?.headers['authorization']).toBe('Bearer the-token');
    },
  );

  it('an auth mode whose secret is cleared is refused, not sent without', async () => {
    const { id } = await withAuth(bearer);
    const config = { url: receiver.url, auth: { type: 'bearer', token: null } };
    expect(await fieldsRefused(host.subscriptions.update(id, { config }, 'all'))).toEqual([
      'config.auth.token',
    ]);
  });

  it.each([
    ['gone', `config #- '{auth,token}'`],
    [
      'changed',
      `jsonb_set(config, '{auth,token}', to_jsonb(overlay(config->'auth'->>'token' placing 'AAAA' from 20)))`,
    ],
    ['emptied', `jsonb_set(config, '{auth,token}', '""')`],
    [
      'of a key that is lost',
      `jsonb_set(config, '{auth,token}', to_jsonb(replace(config->'auth'->>'token', ':k:', ':lost:')))`,
    ],
  ])(
    'a stored secret that is %s fails the delivery; nothing is sent in its stead',
    async (_, changed) => {
      const { id } = await withAuth(bearer);
      await sql(
        `UPDATE integration.integration_subscriptions s
         SET config = (SELECT (${changed})::json FROM (SELECT s.config::jsonb AS config) AS now), revision = revision + 1
         WHERE id = $1`,
        [id],
      );
      await host.emitter.emitAsync('ping', { n: 1 });
      const [made] = await host.allDeliveries({ subscriptionId: id });
      const failed = await host.deliveryWhen(made?.id ?? '', ({ status }) => status === 'failed');
      expect(failed.lastError).toMatch(/config/i);
      expect(failed.lastError).not.toContain('enc:v1');
      expect(receiver.requests).toEqual([]);
      await expect(host.tester.send(id, {}, 'all')).rejects.toThrow(InvalidInputError);
      expect(receiver.requests).toEqual([]);
    },
  );
});
