import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import { moveTime, Receiver } from '@nest-integrations/testing';
import { Webhook } from 'standardwebhooks';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { Host } from '../../../../test/support/host.js';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/postgres.js';
import { IntegrationEvent } from '../events/integration-event.decorator.js';
import { INTEGRATION_DATA_SOURCE } from '../persistence/integration-data-source.token.js';
import { SecretRotation } from './secret.rotation.js';
import { StoredSecretStore } from './stored-secret.store.js';

class PingEvents {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }
}

const execute = promisify(execFile);
/** As built. */
const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const newKey = (id: string) => ({ id, key: randomBytes(32).toString('base64') });

describe('rotating the keys that secrets are stored under', () => {
  const [old, next, other] = [newKey('old'), newKey('next'), newKey('other')];
  let database: FreshDatabase;
  let receiver: Receiver;
  let host: Host;

  const start = (...keys: { id: string; key: string }[]) =>
    Host.start({
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: '',
      redisPrefix: '',
      providers: [PingEvents],
      secrets: { keys },
    });
  const restart = async (...keys: { id: string; key: string }[]) => {
    await host.stop();
    host = await start(...keys);
    return host.app.get(SecretRotation);
  };
  const subscribe = (name: string) =>
    host.subscribe(receiver.url, {
      name,
      config: { url: receiver.url, auth: { type: 'bearer', token: `token-of-${name}` } },
    });
  const tokensSent = () =>
    new Set(receiver.requests.map(({ headers }) => headers['authorization']));
  const valuesBy = async (rotation: SecretRotation) =>
    Object.fromEntries((await rotation.usage()).map(({ keyId, values }) => [keyId, values]));

  beforeAll(async () => {
    database = await freshDatabase();
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
    host = await start(old);
  });

  afterEach(async () => {
    const { items } = await host.subscriptions.list({ limit: 200 }, 'all');
    for (const { id } of items) await host.subscriptions.remove(id, 'all');
    await host.stop();
    await receiver.stop();
  });

  afterAll(async () => {
    await database.drop();
  });

  it('leaves no value under the old key, says that it can go, and changes no secret', async () => {
    const { id } = await subscribe('a');
    await subscribe('b');
    const before = await host.secretOf(id);
    const rotation = await restart(next, old);
    expect(await rotation.usage()).toEqual([
      { keyId: 'next', isPrimary: true, isKnown: true, values: 0 },
      { keyId: 'old', isPrimary: false, isKnown: true, values: 4 },
    ]);

    const report = await rotation.rotate({ batchSize: 1 });
    expect(report).toMatchObject({ rotated: 2, unreadable: [], removableKeys: ['old'] });
    expect(await valuesBy(rotation)).toEqual({ next: 4, old: 0 });
    expect((await rotation.rotate()).rotated).toBe(0);

    await restart(next);
    expect(await host.secretOf(id)).toBe(before);
    await host.emitter.emitAsync('ping', { n: 1 });
    await receiver.waitFor(2);
    expect(tokensSent()).toEqual(new Set(['Bearer token-of-a', 'Bearer token-of-b']));
  });

  it('goes on serving: admins’ changes at the same time all stay, deliveries keep coming', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `s${i}`);
    const ids = new Map<string, string>();
    for (const name of names) ids.set(name, (await subscribe(name)).id);
    const rotation = await restart(next, old);

    const edits = [...ids].map(async ([name, id]) => {
      for (const turn of [1, 2, 3]) {
        const auth = { type: 'bearer', token: `turn-${turn}-of-${name}` };
        await host.subscriptions.update(id, { config: { url: receiver.url, auth } }, 'all');
      }
    });
    const events = Array.from({ length: 10 }, (_, n) => host.emitter.emitAsync('ping', { n }));
    // Two instances may rotate at once.
    const [report] = await Promise.all([
      rotation.rotate({ batchSize: 4 }),
      rotation.rotate({ batchSize: 7 }),
      ...edits,
      ...events,
    ]);
    expect(report.unreadable).toEqual([]);
    await receiver.waitFor(names.length * 10);
    expect(await valuesBy(rotation)).toEqual({ next: 60, old: 0 });

    await restart(next);
    receiver.requests.length = 0;
    await host.emitter.emitAsync('ping', { n: 0 });
    await receiver.waitFor(names.length);
    expect(tokensSent()).toEqual(new Set(names.map((name) => `Bearer turn-3-of-${name}`)));
  });

  it('never overwrites what an admin saved after it was read', async () => {
    const { id } = await subscribe('edited');
    await restart(next, old);
    const store = new StoredSecretStore(
      host.app.get<DataSource>(INTEGRATION_DATA_SOURCE),
      'subscription',
    );
    const [read] = await store.otherThan('next', null, 10);
    if (!read) throw new Error('nothing is under the old key');
    const auth = { type: 'bearer', token: 'saved-meanwhile' };
    await host.subscriptions.update(id, { config: { url: receiver.url, auth } }, 'all');

    expect(await store.replace(read, { ...read, config: '{"url":"lost"}' })).toBe(false);
    await host.app.get(SecretRotation).rotate();
    await host.emitter.emitAsync('ping', { n: 1 });
    await receiver.waitFor(1);
    expect(tokensSent()).toEqual(new Set(['Bearer saved-meanwhile']));
  });

  it('moves neither revision nor routes: what is in memory stays valid', async () => {
    const { id } = await subscribe('kept');
    const rotation = await restart(next, old);
    const rows = async () =>
      host.app.get<DataSource>(INTEGRATION_DATA_SOURCE).query<unknown[]>(
        `SELECT s.revision, s.updated_at, c.revision AS changes FROM integration.integration_subscriptions s
           JOIN integration.integration_subscription_changes c ON c.tenant = s.tenant WHERE s.id = $1`,
        [id],
      );
    const before = await rows();
    expect((await rotation.rotate()).rotated).toBe(1);
    expect(await rows()).toEqual(before);
  });

  it('stops between two subscriptions when told to, and a later run does the rest', async () => {
    for (const name of ['a', 'b', 'c']) await subscribe(name);
    const rotation = await restart(next, old);
    const stopped = await rotation.rotate({ signal: AbortSignal.abort() });
    expect(stopped).toMatchObject({ rotated: 0, removableKeys: [] });
    expect((await rotation.rotate()).rotated).toBe(3);
  });

  it('says at start, and in its report, which key is missing; what needs it fails visibly', async () => {
    const { id } = await subscribe('lost');
    await restart(next, old);
    await subscribe('well');
    const warned = vi.spyOn(Logger.prototype, 'warn');
    const rotation = await restart(next, other);
    expect(warned.mock.calls.map(([line]: unknown[]) => line)).toContainEqual(
      expect.objectContaining({
        event: 'secrets.unreadable',
        keyId: 'old',
        values: 2,
        message: expect.stringContaining("'old', which is not in options.secrets.keys"),
      }),
    );
    warned.mockRestore();

    const report = await rotation.rotate();
    expect(report.unreadable).toEqual([
      { holder: 'subscription', id, reason: expect.stringContaining("the key 'old' is not among") },
    ]);
    expect(report.removableKeys).toEqual(['other']);
    expect(report.keys).toContainEqual({
      keyId: 'old',
      isPrimary: false,
      isKnown: false,
      values: 2,
    });

    await host.emitter.emitAsync('ping', { n: 1 });
    await receiver.waitFor(1);
    const [failed] = await host.allDeliveries({ subscriptionId: id });
    const delivery = await host.deliveryWhen(failed?.id ?? '', ({ status }) => status === 'failed');
    expect(delivery.lastError).toContain("the key 'old' is not among");
    expect(tokensSent()).toEqual(new Set(['Bearer token-of-well']));
    await restart(next, old);
  });

  it('runs from the command line, beside the app', async () => {
    await subscribe('cli');
    await host.stop();
    const environment = {
      DATABASE_URL: database.url,
      INTEGRATION_KEYS: [next, old].map(({ id, key }) => `${id}:${key}`).join(','),
    };
    const run = (command: string) =>
      execute(process.execPath, [CLI, command], { env: environment });
    expect((await run('secrets:status')).stdout).toMatch(/next: 0 values.*old: 2 values/s);
    const { stdout } = await run('secrets:rotate');
    expect(stdout).toContain('1 subscriptions rotated');
    expect(stdout).toContain('Nothing is stored under old any more');
    host = await start(next);
    await host.emitter.emitAsync('ping', { n: 1 });
    await receiver.waitFor(1);
    expect(tokensSent()).toEqual(new Set(['Bearer token-of-cli']));
  });

  it('a secret rotated while a retry waits: the retry is signed with the current ones', async () => {
    const { id } = await subscribe('signs');
    receiver.answer((_, index) => ({ status: index === 0 ? 503 : 200 }));
    await host.emitter.emitAsync('ping', { n: 1 });
    await receiver.waitFor(1);
    const before = await host.secretOf(id);
    const [waiting] = await host.allDeliveries({ subscriptionId: id });
    await host.deliveryWhen(waiting?.id ?? '', ({ status }) => status === 'retrying');
    await host.subscriptions.rotateSigningSecret(id, { overlapSeconds: 0 }, 'all');
    const after = await host.secretOf(id);
    expect(after).not.toBe(before);
    const auth = { type: 'bearer', token: 'the-new-token' };
    await host.subscriptions.update(id, { config: { url: receiver.url, auth } }, 'all');

    await moveTime({ databaseUrl: database.url, byMs: 60_000 });
    await receiver.waitFor(2);
    const [first, second] = receiver.requests;
    if (!first || !second) throw new Error('two attempts were expected');
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(new Webhook(before).verify(first.body, { ...first.headers })).toBeTruthy();
    expect(new Webhook(after).verify(second.body, { ...second.headers })).toBeTruthy();
    expect(second.headers['authorization']).toBe('Bearer the-new-token');
    expect(() => new Webhook(before).verify(second.body, { ...second.headers })).toThrow(
      /No matching signature/,
    );
  });
});
