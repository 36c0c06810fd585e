import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Module, type INestApplication } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import {
  IntegrationAccessPolicy,
  IntegrationAdminModule,
  type AccessDecision,
} from '@nest-integrations/admin';
import { secret, ui } from '@nest-integrations/common';
import {
  delivered,
  fromResponse,
  IntegrationEvent,
  IntegrationModule,
  IntegrationProvider,
  OptionsFor,
  versioned,
  type ConnectionContext,
  type ConnectionTest,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
  type OptionsContext,
} from '@nest-integrations/core';
import request, { type Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

const BASE = '/integrations';
const TOKEN = 'tok-s3cr3t-of-the-site';

const ticketConfig = z.strictObject({
  project: z.string(),
  kind: z.string().optional(),
});
const ticketSite = z.strictObject({
  url: ui(z.url(), { destination: 'url' }),
  token: secret(z.string().min(8)),
});
type Config = z.output<typeof ticketConfig>;
type Site = z.output<typeof ticketSite>;

@Injectable()
@IntegrationProvider({
  id: 'tickets',
  displayName: 'Tickets',
  config: versioned(1, ticketConfig),
  connection: versioned(1, ticketSite),
})
class TicketProvider implements DeliveryProvider<Config, Site> {
  async deliver(context: DeliveryContext<Config, Site>): Promise<DeliveryOutcome> {
    const { connection, config, event, http } = context;
    const headers = { authorization: `Bearer ${connection.token}` };
    const json = { project: config.project, id: event.id };
    return fromResponse(await http.post(`${connection.url}/tickets`, { json, headers }));
  }

  async testConnection({ connection, http }: ConnectionContext<Site>): Promise<ConnectionTest> {
    const headers = { authorization: `Bearer ${connection.token}` };
    const response = await http.get(`${connection.url}/me`, { headers });
    return response.ok
      ? { ok: true, message: 'Signed in as bot' }
      : { ok: false, message: `The site answered ${response.status} to ${connection.token}` };
  }

  @OptionsFor('project', { searchable: true })
  async projects({ connection, search, cursor, http }: OptionsContext<Site>) {
    const headers = { authorization: `Bearer ${connection.token}` };
    const url = `${connection.url}/projects?search=${search}&from=${cursor ?? '0'}`;
    const response = await http.get(url, { headers });
    if (!response.ok)
      throw new Error(`The site answered ${response.status} to ${connection.token}`);
    const { names, next } = z
      .object({ names: z.array(z.string()), next: z.string().nullable() })
      .parse(response.json());
    const options = names.map((value) => ({ value, label: `Project ${value}` }));
    return next === null ? { options } : { options, nextCursor: next };
  }

  @OptionsFor('kind', { dependsOn: ['project'] })
  async kinds({ values }: OptionsContext<Site>) {
    return [{ value: 'bug', label: 'Bug', description: `of ${values['project']}` }];
  }
}

@Injectable()
@IntegrationProvider({
  id: 'other',
  displayName: 'Other',
  config: versioned(1, z.strictObject({})),
  connection: versioned(1, z.strictObject({ key: z.string() })),
})
class OtherProvider implements DeliveryProvider {
  async deliver(): Promise<DeliveryOutcome> {
    return delivered();
  }
}

@Injectable()
class Events {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }) {
    return payload;
  }
}

/** The system that tickets go to. */
class TicketSite {
  readonly tokens = new Set([TOKEN]);
  readonly tickets: { project: string; token: string }[] = [];
  readonly asked: string[] = [];
  private server: Server | null = null;

  async start(): Promise<string> {
    this.server = createServer((incoming, response) => {
      const token = (incoming.headers.authorization ?? '').replace('Bearer ', '');
      const url = new URL(incoming.url ?? '/', 'http://site');
      this.asked.push(url.pathname + url.search);
      let body = '';
      incoming.on('data', (chunk) => (body += String(chunk)));
      incoming.on('end', () => {
        response.statusCode = this.tokens.has(token) ? 200 : 401;
        if (url.pathname === '/tickets' && response.statusCode === 200) {
          this.tickets.push({ ...(JSON.parse(body) as { project: string }), token });
        }
        const isSecond = url.searchParams.get('from') === '1';
        response.end(
          JSON.stringify(isSecond ? { names: ['B'], next: null } : { names: ['A'], next: '1' }),
        );
      });
    });
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server?.close();
  }
}

@Injectable()
class TenantPolicy extends IntegrationAccessPolicy {
  override check({ headers }: { headers: Record<string, string | undefined> }): AccessDecision {
    return { allowed: true, scope: { tenant: headers['x-tenant'] ?? '' }, actor: 'tester' };
  }
}

describe('connections', () => {
  let database: FreshDatabase;
  let app: INestApplication;
  let site: TicketSite;
  let url: string;

  beforeAll(async () => {
    database = await freshDatabase();
    site = new TicketSite();
    url = await site.start();

    @Module({
      imports: [
        EventEmitterModule.forRoot(),
        IntegrationModule.forRoot({
          database: { url: database.url, migrations: 'run' },
          secrets: { keys: [{ id: 'k', key: randomBytes(32).toString('base64') }] },
          http: { allow: ['127.0.0.0/8'] },
        }),
        IntegrationAdminModule.forRoot({ path: BASE, access: TenantPolicy }),
      ],
      providers: [TicketProvider, OtherProvider, Events],
    })
    class HostModule {}

    const module = await Test.createTestingModule({ imports: [HostModule] }).compile();
    app = module.createNestApplication({ bodyParser: false });
    await app.init();
  });

  afterAll(async () => {
    await app.close();
    site.stop();
    await database.drop();
  });

  const call = (
    method: 'get' | 'post' | 'patch' | 'delete',
    path: string,
    body?: object,
    tenant = '',
  ) => request(app.getHttpServer())[method](`${BASE}${path}`).set('x-tenant', tenant).send(body);

  async function connect(changes: object = {}, tenant = ''): Promise<string> {
    const made = await call(
      'post',
      '/connections',
      { name: 'Site', provider: 'tickets', config: { url, token: TOKEN }, ...changes },
      tenant,
    ).expect(201);
    return idOf(made);
  }

  const subscription = (connectionId: string | null | undefined, changes: object = {}) => ({
    name: 'Tickets',
    eventTypes: ['ping'],
    provider: 'tickets',
    config: { project: 'A' },
    connectionId,
    ...changes,
  });

  it('are made, listed by name, changed and deleted, their secrets never answered', async () => {
    const id = await connect({ name: 'Zebra' });
    const listed = await call('get', '/connections?search=zeb').expect(200);
    expect(listed.body).toMatchObject({
      items: [{ id, name: 'Zebra', config: { url }, configSecrets: ['token'], usedBy: 0 }],
      nextCursor: null,
    });
    const renamed = await call('patch', `/connections/${id}`, { name: 'Yak' }).expect(200);
    expect(renamed.body).toMatchObject({ name: 'Yak', revision: 2, configSecrets: ['token'] });
    expect(JSON.stringify([listed.body, renamed.body])).not.toContain(TOKEN);
    await call('delete', `/connections/${id}`).expect(204);
    await call('get', `/connections/${id}`).expect(404);
  });

  it('are not changed by who has read what another has changed since', async () => {
    const id = await connect({ name: 'Shared' });
    await call('patch', `/connections/${id}`, { name: 'By one', revision: 1 }).expect(200);
    await call('patch', `/connections/${id}`, { name: 'By the other', revision: 1 }).expect(409);
    const { body } = await call('get', `/connections/${id}`).expect(200);
    expect(body).toMatchObject({ name: 'By one', revision: 2 });
  });

  it('are paged without repeating or leaving one out', async () => {
    const ids = [];
    for (const name of ['page c', 'page a', 'page b', 'page a']) ids.push(await connect({ name }));
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await call('get', `/connections?search=page&limit=1${cursor}`).expect(200);
      const { items, nextCursor } = page.body as { items: { id: string }[]; nextCursor: string };
      seen.push(...items.map((item) => item.id));
      cursor = nextCursor ? `&cursor=${nextCursor}` : '';
    } while (cursor);
    expect(seen).toHaveLength(4);
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  it('are refused with the field that is wrong', async () => {
    const fields = async (body: object) =>
      (
        (await call('post', '/connections', body).expect(422)).body as {
          errors: { field: string }[];
        }
      ).errors.map(({ field }) => field);
    expect(await fields({ name: 'x', provider: 'tickets', config: { url } })).toEqual([
      'config.token',
    ]);
    expect(await fields({ name: 'x', provider: 'nope', config: {} })).toEqual(['provider']);
  });

  it('deliver, with what they hold now, for subscriptions that name them', async () => {
    const id = await connect();
    const made = await call('post', '/subscriptions', subscription(id)).expect(201);
    await app.get(EventEmitter2).emitAsync('ping', { n: 1 });
    await expect
      .poll(() => site.tickets)
      .toEqual([expect.objectContaining({ project: 'A', token: TOKEN })]);

    const next = 'tok-the-next-one';
    site.tokens.add(next);
    await call('patch', `/connections/${id}`, { config: { url, token: next } }).expect(200);
    await app.get(EventEmitter2).emitAsync('ping', { n: 2 });
    await expect.poll(() => site.tickets.at(-1)).toMatchObject({ token: next });

    const refused = await call('delete', `/connections/${id}`).expect(409);
    expect(refused.body).toMatchObject({ detail: expect.stringContaining("used by 'Tickets'") });
    const users = await call('get', `/subscriptions?connectionId=${id}`).expect(200);
    expect(users.body).toMatchObject({ items: [{ id: idOf(made), connectionId: id }] });
    const log = await call('get', `/deliveries?subscriptionId=${idOf(made)}`).expect(200);
    const { items } = log.body as { items: { id: string }[] };
    for (const delivery of items) {
      const shown = await call('get', `/deliveries/${delivery.id}`).expect(200);
      expect(JSON.stringify(shown.body)).not.toMatch(new RegExp(`${TOKEN}|${next}`));
    }
    await call('delete', `/subscriptions/${idOf(made)}`).expect(204);
    await call('delete', `/connections/${id}`).expect(204);
  });

  it('are given to none but their own provider, in their own tenant', async () => {
    const own = await connect();
    const foreign = await connect({}, 'b');
    const other = await connect({ provider: 'other', config: { key: 'k' } });
    const problemOf = async (body: object) =>
      (await call('post', '/subscriptions', body).expect(422)).body as object;
    const wrong = (message: string) => ({
      errors: [{ field: 'connectionId', message: expect.stringContaining(message) }],
    });
    expect(await problemOf(subscription(foreign))).toMatchObject(wrong('No connection'));
    expect(await problemOf(subscription(other))).toMatchObject(wrong("of the provider 'other'"));
    expect(await problemOf(subscription(undefined))).toMatchObject(wrong('is needed'));
    const made = await call('post', '/subscriptions', subscription(own)).expect(201);
    await call('patch', `/subscriptions/${idOf(made)}`, { connectionId: foreign }).expect(422);
    await call('patch', `/subscriptions/${idOf(made)}`, { connectionId: null }).expect(422);
    for (const [method, path] of [
      ['get', `/connections/${own}`],
      ['patch', `/connections/${own}`],
      ['delete', `/connections/${own}`],
      ['post', `/connections/${own}/test`],
    ] as const) {
      await call(method, path, method === 'patch' ? { name: 'x' } : undefined, 'b').expect(404);
    }
  });

  it('are tried, as stored or before they are, and say what is wrong without the secret', async () => {
    const id = await connect();
    const stored = await call('post', `/connections/${id}/test`).expect(200);
    expect(stored.body).toEqual({ ok: true, message: 'Signed in as bot' });
    const draft = (config: object, connectionId?: string) =>
      call('post', '/connections/test', { provider: 'tickets', config, connectionId });
    // The token that is left out is the stored one.
    expect((await draft({ url }, id).expect(200)).body).toMatchObject({ ok: true });
    const wrong = await draft({ url, token: 'wrong-token' }).expect(200);
    expect(wrong.body).toMatchObject({ ok: false, message: expect.stringMatching(/answered 401/) });
    expect(JSON.stringify(wrong.body)).not.toContain('wrong-token');
  });

  it('send a kept secret to no other host than it was given for, stored or tried', async () => {
    const id = await connect();
    const elsewhere = url.replace('127.0.0.1', '127.0.0.2');
    const before = site.asked.length;
    const again = {
      errors: [{ field: 'config.token', message: expect.stringMatching(/^must be given again/) }],
    };
    const tried = { provider: 'tickets', config: { url: elsewhere }, connectionId: id };
    for (const refused of [
      await call('patch', `/connections/${id}`, { config: { url: elsewhere } }),
      await call('post', '/connections/test', tried),
    ]) {
      expect(refused.status).toBe(422);
      expect(refused.body).toMatchObject(again);
    }
    expect(site.asked).toHaveLength(before);
    await call('patch', `/connections/${id}`, { config: { url: `${url}/deeper` } }).expect(200);
    const moved = { config: { url: elsewhere, token: TOKEN } };
    await call('patch', `/connections/${id}`, moved).expect(200);
  });

  it('to where nobody may connect are neither kept nor tried, with the field that says so', async () => {
    const config = { url: 'http://169.254.169.254', token: 'x'.repeat(8) };
    const refused = {
      errors: [{ field: 'config.url', message: expect.stringContaining('169.254.169.254') }],
    };
    const created = await call('post', '/connections', {
      name: 'Metadata',
      provider: 'tickets',
      config,
    }).expect(422);
    expect(created.body).toMatchObject(refused);
    const tried = await call('post', '/connections/test', { provider: 'tickets', config });
    expect(tried).toMatchObject({ status: 422, body: refused });
  });

  it('list options: searched, in pages, asked once for the same', async () => {
    const connectionId = await connect();
    const options = (body: object) =>
      call('post', '/providers/tickets/options', { field: 'project', connectionId, ...body });
    site.asked.length = 0;
    const first = await options({ search: 'x' }).expect(200);
    expect(first.body).toEqual({
      items: [{ value: 'A', label: 'Project A', description: null }],
      nextCursor: '1',
    });
    await options({ search: 'x' }).expect(200);
    expect(site.asked).toEqual(['/projects?search=x&from=0']);
    const second = await options({ search: 'x', cursor: '1' }).expect(200);
    expect(second.body).toMatchObject({ items: [{ value: 'B' }], nextCursor: null });
  });

  it('list options that depend on others, and say what must be chosen first', async () => {
    const connectionId = await connect();
    const kinds = (values: object) =>
      call('post', '/providers/tickets/options', { field: 'kind', connectionId, values });
    expect((await kinds({}).expect(422)).body).toMatchObject({
      errors: [{ field: 'values.project', message: "must be chosen before 'kind'" }],
    });
    const unconnected = await call('post', '/providers/tickets/options', { field: 'project' });
    expect(unconnected.status).toBe(422);
    expect(unconnected.body).toMatchObject({
      errors: [{ field: 'connectionId', message: "must be chosen before 'project'" }],
    });
    expect((await kinds({ project: 'A' }).expect(200)).body).toMatchObject({
      items: [{ value: 'bug', description: 'of A' }],
    });
    const provider = await call('get', '/providers/tickets').expect(200);
    expect(provider.body).toMatchObject({
      configSchema: {
        properties: { kind: { 'x-options': { dependsOn: ['project'], searchable: false } } },
      },
      connection: {
        isOptional: false,
        configSchema: { properties: { token: { 'x-secret': true } } },
      },
    });
  });

  it('answer a failure to list options as a message, without the secret', async () => {
    const connectionId = await connect({ config: { url, token: 'revoked-token' } });
    const failed = await call('post', '/providers/tickets/options', {
      field: 'project',
      connectionId,
    });
    expect(failed.status).toBe(502);
    expect(failed.body).toMatchObject({ detail: expect.stringContaining('The site answered 401') });
    expect(JSON.stringify(failed.body)).not.toContain('revoked-token');
  });
});

function idOf({ body }: Response): string {
  return (body as { id: string }).id;
}
