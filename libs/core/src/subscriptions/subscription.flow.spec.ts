import { randomBytes } from 'node:crypto';
import { newId, secret, ui } from '@nest-integrations/common';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/postgres.js';
import { ConfigChecker } from '../configs/config.checker.js';
import { ConfigSecrets } from '../configs/config.secrets.js';
import { ConnectionAuditor } from '../connections/connection.auditor.js';
import { ConnectionService } from '../connections/connection.service.js';
import { ConnectionStore } from '../connections/connection.store.js';
import { AuditLog } from '../audit/audit.log.js';
import { AuditTrail } from '../audit/audit.trail.js';
import { OutboundHttp } from '../http/outbound-http.js';
import { resolveOptions } from '../integration-options.js';
import { OAuthAccess } from '../oauth/oauth.access.js';
import { OAuthServer } from '../oauth/oauth.server.js';
import { OAuthTokenKeeper } from '../oauth/oauth-token.keeper.js';
import { OAuthTokenStore } from '../oauth/oauth-token.store.js';
import { SignInReader } from '../oauth/sign-in.reader.js';
import { SignInStore } from '../oauth/sign-in.store.js';
import { IntegrationDataSource } from '../persistence/integration-data-source.js';
import { delivered } from '../providers/delivery-outcome.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { versioned, type VersionedSchema } from '../providers/versioned.js';
import { jsonSchemaOf } from '../schema/json-schema.js';
import { KeyRing } from '../secrets/key-ring.js';
import { SecretCipher } from '../secrets/secret-cipher.js';
import { EventTypeCatalog } from './event-type-catalog.js';
import { SubscriptionRuntimeLoader } from './subscription-runtime.js';
import { SubscriptionAuditor } from './subscription.auditor.js';
import { SubscriptionSecrets } from './subscription.secrets.js';
import { SubscriptionDrafts } from './subscription.drafts.js';
import { SubscriptionService } from './subscription.service.js';
import { SubscriptionStopped, type StoppedSubscription } from './subscription-stopped.js';
import { EventTransformer } from '../transformations/event.transformer.js';
import { SubscriptionStore } from './subscription.store.js';
import type { CreateSubscription, Subscription } from './subscription.types.js';

const payloads = new Map<string, z.ZodType>([
  ['incident.created', z.object({ severity: z.enum(['low', 'high']) })],
  ['incident.resolved', z.object({ minutes: z.number() })],
  ['health.degraded', z.object({ system: z.string() })],
]);

class Catalog extends EventTypeCatalog {
  ids(): readonly string[] {
    return [...payloads.keys()];
  }

  payloadSchemaOf(id: string) {
    return jsonSchemaOf(payloads.get(id) ?? z.unknown());
  }

  exampleOf(): unknown {
    return null;
  }
}

class StoppedLog extends SubscriptionStopped {
  readonly told: { id: string; reason: string }[] = [];

  async stop({ id }: StoppedSubscription, reason: string): Promise<void> {
    this.told.push({ id, reason });
  }
}

const firstConfig = versioned(1, z.object({ url: z.url(), token: secret(z.string().min(4)) }));
const secondConfig = versioned(
  2,
  z.object({
    url: z.url(),
    retries: z.number().default(3),
    auth: z.discriminatedUnion('type', [
      z.object({ type: z.literal('none') }),
      z.object({ type: z.literal('bearer'), token: secret(z.string().min(4)) }),
    ]),
  }),
  { 1: (old) => moveToken(z.object({ url: z.string(), token: z.string() }).parse(old)) },
);

function moveToken({ url, token }: { url: string; token: string }): unknown {
  return { url, auth: { type: 'bearer', token } };
}

const newKey = (id: string) => ({ id, key: randomBytes(32).toString('base64') });

describe('subscriptions', () => {
  const ring = new KeyRing([newKey('k1')]);
  const url = 'https://example.com/hook';
  let database: FreshDatabase;
  let dataSource: IntegrationDataSource;
  let pool: Pool;

  beforeAll(async () => {
    database = await freshDatabase();
    dataSource = await new IntegrationDataSource({ url: database.url }).initialize();
    await dataSource.runMigrations();
    pool = new Pool({ connectionString: database.url, max: 2 });
  });

  afterAll(async () => {
    await pool.end();
    await dataSource.destroy();
    await database.drop();
  });

  beforeEach(async () => {
    await pool.query('TRUNCATE integration.integration_subscriptions CASCADE');
  });

  /** An app over the shared database: of some version of the provider, with some keys. */
  function startApp(config: VersionedSchema = firstConfig, keys: KeyRing = ring) {
    const providers = new ProviderRegistry();
    const deliver = async () => delivered();
    const validate = (given: unknown) =>
      JSON.stringify(given).includes('forbidden')
        ? [{ field: 'url', message: 'is forbidden' }]
        : [];
    const pager = {
      id: 'pager',
      displayName: 'Pager',
      config,
      signing: 'standard-webhooks' as const,
    };
    providers.add(pager, { deliver, validate }, 'PagerProvider');
    const plain = versioned(1, z.strictObject({ room: z.string() }));
    providers.add({ id: 'chat', displayName: 'Chat', config: plain }, { deliver }, 'ChatProvider');
    const templated = versioned(
      1,
      z.strictObject({ parts: z.array(z.object({ text: ui(z.string(), { template: 'text' }) })) }),
    );
    providers.add(
      { id: 'notes', displayName: 'Notes', config: templated },
      { deliver },
      'NotesProvider',
    );
    const secrets = new SubscriptionSecrets(new SecretCipher(keys));
    const stopped = new StoppedLog();
    const audit = new AuditLog(dataSource, new AuditTrail());
    const configSecrets = new ConfigSecrets(new SecretCipher(keys));
    const auditor = new SubscriptionAuditor(audit, providers, secrets);
    const store = new SubscriptionStore(dataSource, auditor);
    const configs = new ConfigChecker(configSecrets, new OutboundHttp());
    const options = resolveOptions({
      database: { url: database.url },
      secrets: { keys: [newKey('k1')] },
    });
    const cipher = new SecretCipher(keys);
    const tokens = new OAuthTokenStore(pool, options, cipher);
    const server = new OAuthServer(new OutboundHttp());
    const access = new OAuthAccess(providers, new OAuthTokenKeeper(tokens, server), server);
    const signIns = new SignInReader(new SignInStore(dataSource, tokens, cipher, audit), access);
    const connections = new ConnectionService(
      new ConnectionStore(dataSource, new ConnectionAuditor(audit, providers, configSecrets)),
      configSecrets,
      configs,
      providers,
      signIns,
    );
    const drafts = new SubscriptionDrafts(
      secrets,
      providers,
      new Catalog(),
      connections,
      new EventTransformer(),
      configs,
    );
    const service = new SubscriptionService(store, secrets, providers, stopped, drafts);
    const loader = new SubscriptionRuntimeLoader(pool, options, providers, secrets);
    return { service, stopped, loader };
  }

  const input = (changes: Partial<CreateSubscription> = {}): CreateSubscription => ({
    name: 'On call',
    eventTypes: ['incident.*'],
    provider: 'pager',
    config: { url, token: 's3cr3t' },
    ...changes,
  });

  async function changesOf(tenant: string): Promise<number> {
    const { rows } = await pool.query<{ revision: string }>(
      'SELECT revision FROM integration.integration_subscription_changes WHERE tenant = $1',
      [tenant],
    );
    return Number(rows[0]?.revision ?? 0);
  }

  async function waitingForLocks(): Promise<number> {
    const { rows } = await pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows[0]?.n ?? 0;
  }

  async function countRows(): Promise<number> {
    const { rows } = await pool.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM integration.integration_subscriptions',
    );
    return rows[0]?.n ?? 0;
  }

  it('are shown without their secrets, stored with them encrypted, and loaded in clear', async () => {
    const { service, loader } = startApp();
    const created = await service.create(input(), 'all');
    expect(created).toMatchObject({ config: { url }, configSecrets: ['token'], revision: 1 });
    expect(await service.get(created.id, 'all')).toEqual(created);
    const { rows } = await pool.query('SELECT * FROM integration.integration_subscriptions');
    const stored = JSON.stringify(rows);
    const [signing] = await service.revealSigningSecrets(created.id, 'all');
    expect(stored).not.toContain('s3cr3t');
    expect(stored).not.toContain(signing?.secret);
    expect((await loader.load([created.id])).get(created.id)).toMatchObject({
      config: { url, token: 's3cr3t' },
      secretValues: ['s3cr3t', signing?.secret.slice('whsec_'.length)],
      signingSecrets: [{ secret: signing?.secret }],
    });
  });

  it('are refused with every field that is wrong at once, and nothing is written', async () => {
    const { service } = startApp();
    const wrong = input({
      name: ' ',
      eventTypes: ['incident.creatd', 'incident.created', 'nothing.*'],
      filter: { severity: 'huge' },
      retryPolicy: { delaysSeconds: [-1] },
      timeoutMs: 500,
      signingSecret: 'whsec_short',
      config: { url: 'no url', tokn: 's3cr3t' },
    });
    await expect(service.create(wrong, 'all')).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [
        { field: 'name' },
        { field: 'eventTypes[0]', message: expect.stringContaining('incident.created') },
        { field: 'eventTypes[2]' },
        { field: 'filter.severity', message: expect.stringContaining('"low", "high"') },
        { field: 'retryPolicy.delaysSeconds[0]' },
        { field: 'timeoutMs', message: expect.stringContaining('1000 to 60000') },
        { field: 'signingSecret' },
        { field: 'config.url' },
        { field: 'config.token', message: expect.stringContaining('is missing') },
      ],
    });
    expect(await countRows()).toBe(0);
  });

  it.each([
    ['an unknown provider', { provider: 'fax' }, 'provider', /there are pager, chat/],
    [
      'a misspelt field',
      { config: { url, token: 's3cr3t', tokn: 1 } },
      'config.tokn',
      /not a known/,
    ],
    [
      'what its provider forbids',
      { config: { url: `${url}/forbidden`, token: 's3cr3t' } },
      'config.url',
      /forbidden/,
    ],
    [
      'a ciphertext as a value',
      { config: { url, token: 'enc:v1:k1:AAAA' } },
      'config.token',
      /encrypted/,
    ],
    [
      'a signing secret that nobody uses',
      { provider: 'chat', config: { room: 'a' }, signingSecret: `whsec_${'A'.repeat(43)}=` },
      'signingSecret',
      /does not sign/,
    ],
    ['a tenant that Postgres can’t store', { tenant: 'a\0' }, 'tenant', /text/],
  ])('refuse %s, naming the field', async (_what, changes, field, message) => {
    const { service } = startApp();
    await expect(service.create(input(changes), 'all')).rejects.toMatchObject({
      problems: [{ field, message: expect.stringMatching(message) }],
    });
    expect(await countRows()).toBe(0);
  });

  it('keep on an update what it leaves out, secrets too, and clear what it gives as null', async () => {
    const { service, loader } = startApp();
    const { id } = await service.create(
      input({
        description: 'Night',
        filter: { severity: 'high' },
        eventTypes: ['incident.created'],
      }),
      'all',
    );
    const moved = await service.update(id, { config: { url: `${url}/2` }, filter: null }, 'all');
    expect(moved).toMatchObject({ description: 'Night', filter: null, revision: 2 });
    expect((await loader.load([id])).get(id)).toMatchObject({
      config: { url: `${url}/2`, token: 's3cr3t' },
    });
    expect(await service.update(id, { description: null }, 'all')).toMatchObject({
      description: null,
      name: 'On call',
    });
    const cleared = service.update(id, { config: { url, token: null } }, 'all');
    await expect(cleared).rejects.toMatchObject({ problems: [{ field: 'config.token' }] });
    expect((await service.get(id, 'all')).revision).toBe(3);
  });

  it('need a config with another provider, and then carry nothing over', async () => {
    const { service } = startApp();
    const { id } = await service.create(input(), 'all');
    await expect(service.update(id, { provider: 'chat' }, 'all')).rejects.toMatchObject({
      problems: [{ field: 'config', message: expect.stringContaining('new provider') }],
    });
    expect(
      await service.update(id, { provider: 'chat', config: { room: 'ops' } }, 'all'),
    ).toMatchObject({ config: { room: 'ops' }, configSecrets: [], signingSecrets: [] });
  });

  it('of an older config version are delivered with, shown and updated without leaking a ciphertext', async () => {
    const { id } = await startApp(firstConfig).service.create(input(), 'all');
    const { service, loader } = startApp(secondConfig);
    const current = { url, retries: 3, auth: { type: 'bearer', token: 's3cr3t' } };
    expect((await loader.load([id])).get(id)).toMatchObject({ config: current });
    expect(await service.get(id, 'all')).toMatchObject({ config: { url }, configVersion: 1 });
    expect(JSON.stringify(await service.get(id, 'all'))).not.toContain('enc:');
    expect(await service.update(id, { name: 'Renamed' }, 'all')).toMatchObject({ name: 'Renamed' });
    const next = { url, retries: 1, auth: { type: 'bearer' } };
    expect(await service.update(id, { config: next }, 'all')).toMatchObject({ configVersion: 2 });
    expect((await loader.load([id])).get(id)).toMatchObject({ config: { ...current, retries: 1 } });
  });

  it('of a newer config version, or of a lost key, break alone and say why', async () => {
    const newer = startApp(secondConfig);
    const auth = { type: 'none' };
    const ahead = await newer.service.create(input({ config: { url, auth } }), 'all');
    const { service, loader } = startApp();
    const sound = await service.create(input({ name: 'Sound' }), 'all');
    const loaded = await loader.load([ahead.id, sound.id, newId()]);
    expect(loaded.size).toBe(2);
    expect(loaded.get(ahead.id)).toMatchObject({ broken: expect.stringContaining('version 2') });
    expect(loaded.get(sound.id)).toMatchObject({ name: 'Sound' });

    const keyless = startApp(firstConfig, new KeyRing([newKey('k2')]));
    const broken = (await keyless.loader.load([sound.id])).get(sound.id);
    expect(broken).toMatchObject({ broken: expect.stringContaining("key 'k1'") });
    await expect(
      keyless.service.update(sound.id, { config: { url } }, 'all'),
    ).rejects.toMatchObject({ problems: [{ field: 'config.token' }] });
    await keyless.service.update(sound.id, { config: { url, token: 'fresh' } }, 'all');
    const runtime = await keyless.service.get(sound.id, 'all');
    expect(runtime.configSecrets).toEqual(['token']);
  });

  it('of an event type that is gone can still be renamed and disabled', async () => {
    const { service } = startApp();
    const { id } = await service.create(input(), 'all');
    await pool.query(
      `UPDATE integration.integration_subscriptions SET event_types = '{gone.away}'`,
    );
    expect(await service.update(id, { name: 'Old', enabled: false }, 'all')).toMatchObject({
      name: 'Old',
      enabled: false,
    });
  });

  it('with a template that names what none of their events has are refused, also when these change', async () => {
    const { service } = startApp();
    const notes = (text: string) => ({ provider: 'notes', config: { parts: [{ text }] } });
    const problem = {
      field: 'config.parts[0].text',
      message: expect.stringContaining("'payload.titel' in line 1 is not a path of its events"),
    };
    await expect(service.create(input(notes('{{ payload.titel }}')), 'all')).rejects.toMatchObject({
      problems: [problem],
    });
    const fitting = notes('{{ payload.severity }} {{ payload.minutes }} {{ subscription.name }}');
    const { id } = await service.create(input(fitting), 'all');
    await expect(
      service.update(id, { eventTypes: ['health.degraded'] }, 'all'),
    ).rejects.toMatchObject({ problems: [{ field: 'config.parts[0].text' }, {}] });
    await service.update(id, { name: 'Renamed' }, 'all');
  });

  it('of other tenants can’t be seen, changed or made', async () => {
    const { service } = startApp();
    const [a, b] = [{ tenant: 'a' }, { tenant: 'b' }];
    const { id } = await service.create(input(), a);
    const gone = { code: 'NOT_FOUND' };
    await expect(service.get(id, b)).rejects.toMatchObject(gone);
    await expect(service.update(id, { name: 'x' }, b)).rejects.toMatchObject(gone);
    await expect(service.setEnabled(id, { enabled: false }, b)).rejects.toMatchObject(gone);
    await expect(service.rotateSigningSecret(id, {}, b)).rejects.toMatchObject(gone);
    await expect(service.revealSigningSecrets(id, b)).rejects.toMatchObject(gone);
    await expect(service.remove(id, b)).rejects.toMatchObject(gone);
    await expect(service.get('no id', a)).rejects.toMatchObject(gone);
    await expect(service.create(input({ tenant: 'a' }), b)).rejects.toMatchObject({
      problems: [{ field: 'tenant' }],
    });
    expect((await service.list({}, b)).total).toBe(0);
    expect((await service.list({}, a)).items).toHaveLength(1);
  });

  it('move their tenant’s number with each change, and no other’s', async () => {
    const { service } = startApp();
    const scope = { tenant: newId() };
    const { id } = await service.create(input(), scope);
    expect(await changesOf(scope.tenant)).toBe(1);
    await service.update(id, { name: 'x' }, scope);
    await service.setEnabled(id, { enabled: false }, scope);
    await service.rotateSigningSecret(id, {}, scope);
    await expect(service.update(id, { name: '' }, scope)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    expect(await changesOf(scope.tenant)).toBe(4);
    const other = await changesOf('');
    await service.remove(id, scope);
    expect([await changesOf(scope.tenant), await changesOf('')]).toEqual([5, other]);
  });

  it('changed twice at once keep both changes', async () => {
    const { service } = startApp();
    const { id } = await service.create(input(), 'all');
    const blocker = await pool.connect();
    await blocker.query('BEGIN');
    await blocker.query('SELECT FROM integration.integration_subscriptions FOR UPDATE');
    const changes = [
      service.update(id, { name: 'One' }, 'all'),
      service.update(id, { description: 'Two' }, 'all'),
    ];
    // Both have begun, and neither can go on.
    while ((await waitingForLocks()) < changes.length);
    await blocker.query('COMMIT');
    blocker.release();
    await Promise.all(changes);
    expect(await service.get(id, 'all')).toMatchObject({
      name: 'One',
      description: 'Two',
      revision: 3,
    });
  });

  it('are not changed by who has read what another has changed since', async () => {
    const { service } = startApp();
    const { id, revision } = await service.create(input(), 'all');
    await service.update(id, { name: 'By one', revision }, 'all');
    const late = service.update(id, { name: 'By the other', revision }, 'all');
    await expect(late).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await service.get(id, 'all')).toMatchObject({ name: 'By one', revision: revision + 1 });
  });

  it('tell when they stop, after it is written', async () => {
    const { service, stopped } = startApp();
    const { id } = await service.create(input(), 'all');
    await service.setEnabled(id, { enabled: false, reason: 'too loud' }, 'all');
    expect(await service.get(id, 'all')).toMatchObject({
      enabled: false,
      disabledReason: 'too loud',
      disabledAt: expect.any(Date),
    });
    await service.setEnabled(id, { enabled: true }, 'all');
    expect(await service.get(id, 'all')).toMatchObject({ disabledReason: null, disabledAt: null });
    await service.remove(id, 'all');
    expect(stopped.told).toEqual([
      { id, reason: 'The subscription was disabled: too loud' },
      { id, reason: 'The subscription was deleted' },
    ]);
    await expect(service.remove(id, 'all')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('sign with the old secret beside the new one while it is rotated', async () => {
    const { service } = startApp();
    const { id } = await service.create(input(), 'all');
    const [old] = await service.revealSigningSecrets(id, 'all');
    const rotated = await service.rotateSigningSecret(id, { kind: 'ed25519' }, 'all');
    expect(rotated.signingSecrets).toMatchObject([
      { kind: 'ed25519', publicKey: expect.stringMatching(/^whpk_/), expiresAt: null },
      { id: old?.id, kind: 'hmac', expiresAt: expect.any(String) },
    ]);
    const all = await service.revealSigningSecrets(id, 'all');
    expect(all.map(({ secret: value }) => value)).toContain(old?.secret);
    await service.rotateSigningSecret(id, { overlapSeconds: 0 }, 'all');
    expect(await service.revealSigningSecrets(id, 'all')).toHaveLength(1);
    await expect(
      service.rotateSigningSecret(id, { overlapSeconds: -1 }, 'all'),
    ).rejects.toMatchObject({ problems: [{ field: 'overlapSeconds' }] });
  });

  it.each(['name', 'createdAt', 'updatedAt'] as const)(
    'are listed by %s in pages that miss none and repeat none',
    async (sort) => {
      const { service } = startApp();
      const names = ['b', 'a', 'c', 'a', 'B', 'd', 'a'];
      for (const name of names) await service.create(input({ name }), 'all');
      for (const order of ['asc', 'desc'] as const) {
        const seen: Subscription[] = [];
        for (let cursor: string | null | undefined; cursor !== null;) {
          const page = await service.list(
            { sort, order, limit: 2, ...(cursor ? { cursor } : {}) },
            'all',
          );
          expect(page.total).toBe(names.length);
          seen.push(...page.items);
          cursor = page.nextCursor;
        }
        const whole = await service.list({ sort, order }, 'all');
        expect(seen.map(({ id }) => id)).toEqual(whole.items.map(({ id }) => id));
        expect(new Set(seen.map(({ id }) => id)).size).toBe(names.length);
      }
    },
  );

  it('are found by what is written, with % and _ as themselves, and counted as filtered', async () => {
    const { service } = startApp();
    await service.create(input({ name: '100% of it' }), 'all');
    await service.create(input({ name: '1000 of it', description: 'snake_case' }), 'all');
    await service.create(input({ name: 'Chat', eventTypes: ['health.degraded'] }), 'all');
    const found = async (query: Parameters<typeof service.list>[0]) => {
      const { items, total } = await service.list({ sort: 'name', ...query }, 'all');
      expect(total).toBe(items.length);
      return items.map(({ name }) => name);
    };
    expect(await found({ search: '0%' })).toEqual(['100% of it']);
    expect(await found({ search: 'E_C' })).toEqual(['1000 of it']);
    expect(await found({ search: '\\' })).toEqual([]);
    expect(await found({ eventType: 'health.degraded' })).toEqual(['Chat']);
    expect(await found({ eventType: 'incident.created', search: '100%' })).toEqual(['100% of it']);
    expect(await found({ provider: 'chat' })).toEqual([]);
  });

  it.each([
    ['cursor', { cursor: 'broken' }],
    ['cursor', { cursor: Buffer.from('{"sort":"name"}').toString('base64url') }],
    ['limit', { limit: 201 }],
    ['search', { search: 'a\0' }],
  ])('refuse a %s that makes no sense', async (field, query) => {
    await expect(startApp().service.list(query, 'all')).rejects.toMatchObject({
      problems: [{ field }],
    });
  });
});
