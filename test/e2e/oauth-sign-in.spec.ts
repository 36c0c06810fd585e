import { Injectable, type INestApplication } from '@nestjs/common';
import { secret } from '@nest-integrations/common';
import {
  fromResponse,
  IntegrationEvent,
  IntegrationPublisher,
  IntegrationProvider,
  versioned,
  type DeliveryContext,
  type DeliveryProvider,
} from '@nest-integrations/core';
import { AuthorizationServer, Receiver } from '@nest-integrations/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADMIN_BASE, adminCalls, startAdminHost, type AdminAnswer } from '../support/admin-host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { until } from '../support/until.js';

const chatConfig = z.strictObject({ url: z.string() });
const chatAccount = z.strictObject({
  authorizationUrl: z.string(),
  tokenUrl: z.string(),
  clientId: z.string(),
  clientSecret: secret(z.string()),
});
type Config = z.output<typeof chatConfig>;
type Account = z.output<typeof chatAccount>;

@Injectable()
@IntegrationProvider({
  id: 'chat',
  displayName: 'Chat',
  config: versioned(1, chatConfig),
  connection: versioned(1, chatAccount),
  oauth: {
    connection: (account) => ({
      grant: 'authorization-code',
      scopes: ['send', 'offline_access'],
      ...account,
    }),
  },
})
class ChatProvider implements DeliveryProvider<Config, Account> {
  async deliver({ config, http, oauth, event }: DeliveryContext<Config, Account>) {
    const response = await oauth.send((token) =>
      http.post(config.url, {
        json: { id: event.id },
        headers: { authorization: `Bearer ${token}` },
      }),
    );
    return fromResponse(response);
  }
}

@Injectable()
class Events {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }) {
    return payload;
  }
}

describe('signing in for a connection', () => {
  let database: FreshDatabase;
  let db: Client;
  let app: INestApplication;
  let server: AuthorizationServer;
  let receiver: Receiver;
  const as = (admin: string) => adminCalls(app)(admin);
  const ann = (method: string, path: string, body?: unknown) => as('acme/ann')(method, path, body);

  beforeAll(async () => {
    database = await freshDatabase();
    db = new Client({ connectionString: database.url });
    await db.connect();
    app = await startAdminHost(database.url, [ChatProvider, Events]);
  });

  beforeEach(async () => {
    server = await AuthorizationServer.start();
    receiver = await Receiver.start();
    receiver.answer(({ headers }) => {
      const token = (headers['authorization'] ?? '').replace('Bearer ', '');
      return { status: server.accepts(token) ? 200 : 401 };
    });
  });

  afterEach(async () => {
    await db.query('DELETE FROM integration.integration_subscriptions');
    await receiver.stop();
    await server.stop();
  });

  afterAll(async () => {
    await app.close();
    await db.end();
    await database.drop();
  });

  async function connect(): Promise<string> {
    const { authorizationUrl, tokenUrl } = server;
    const config = {
      authorizationUrl,
      tokenUrl,
      clientId: 'client',
      clientSecret: 'cl1ent-secret',
    };
    const made = await ann('POST', '/connections', { name: 'Chat', provider: 'chat', config });
    expect(made.status).toBe(201);
    return String(made.body['id']);
  }

  const begin = async (id: string, body: object = {}) =>
    String((await ann('POST', `/connections/${id}/authorize`, body)).body['url']);

  /** What the browser is sent back to. */
  async function signInAt(url: string): Promise<URL> {
    const page = await fetch(url, { redirect: 'manual' });
    const location = page.headers.get('location');
    if (location === null) throw new Error(`the server said: ${await page.text()}`);
    return new URL(location);
  }

  /** The browser of an admin comes back. */
  async function comeBack(to: URL, admin = 'acme/ann') {
    const answer = await fetch(to, {
      headers: { authorization: `Bearer ${admin}` },
      redirect: 'manual',
    });
    return {
      status: answer.status,
      text: await answer.text(),
      location: answer.headers.get('location'),
    };
  }

  async function signIn(id: string): Promise<void> {
    expect(await comeBack(await signInAt(await begin(id)))).toMatchObject({ status: 200 });
  }

  const signInOf = async (id: string) => (await ann('GET', `/connections/${id}`)).body['signIn'];

  async function deliver(id: string): Promise<AdminAnswer> {
    const subscription = await ann('POST', '/subscriptions', {
      name: 'Chat',
      eventTypes: ['ping'],
      provider: 'chat',
      config: { url: receiver.url },
      connectionId: id,
      retryPolicy: 'none',
    });
    return ann('POST', `/subscriptions/${String(subscription.body['id'])}/test`, {});
  }

  /** As if that much time had passed for what was granted. */
  const age = (id: string) =>
    db.query(
      `UPDATE integration.integration_oauth_tokens SET obtained_at = now() - interval '2 hours',
         expires_at = now() - interval '1 hour', refresh_at = now() - interval '1 hour'
       WHERE id = $1`,
      [id],
    );

  it('lets it deliver for the admin who signed in, and shows who that was', async () => {
    const id = await connect();
    expect(await signInOf(id)).toMatchObject({ state: 'missing', reason: null });
    expect((await deliver(id)).text).toContain('Nobody has signed in');
    const url = new URL(await begin(id));
    expect(url.searchParams.get('redirect_uri')).toBe(
      `${await app.getUrl()}${ADMIN_BASE}/connections/oauth/callback`,
    );
    const done = await comeBack(await signInAt(url.href));
    expect(done.text).toContain('Signed in');
    expect(await signInOf(id)).toMatchObject({ state: 'active', reason: null, signedInBy: 'ann' });
    expect((await deliver(id)).body).toMatchObject({ outcome: 'delivered' });
    const audit = await ann('GET', `/audit-log?subjectType=connection&subjectId=${id}`);
    expect(audit.text).toContain('endSignIn');
    const everything = await db.query(
      'SELECT t.*, a.before, a.after FROM integration.integration_oauth_tokens t, integration.integration_audit_log a',
    );
    expect(JSON.stringify([audit, everything.rows])).not.toMatch(/(access|refresh|code)-\d/);
  });

  it('goes back to where it was begun, of this site only', async () => {
    const id = await connect();
    const back = await comeBack(
      await signInAt(await begin(id, { returnTo: '/ui/connections?id=1' })),
    );
    expect(back).toMatchObject({ status: 302, location: '/ui/connections?id=1' });
    for (const returnTo of ['//evil.example', '/\\evil.example', 'https://evil.example', '']) {
      const { status } = await ann('POST', `/connections/${id}/authorize`, { returnTo });
      expect([400, 422]).toContain(status);
    }
  });

  it('takes a state once, from the admin who began, while the connection is what it was', async () => {
    const id = await connect();
    const first = await signInAt(await begin(id));
    expect(await comeBack(first)).toMatchObject({ status: 200 });
    expect((await comeBack(first)).text).toContain('start it again');

    const stolen = await signInAt(await begin(id));
    expect(await comeBack(stolen, 'acme/bob')).toMatchObject({ status: 400 });
    expect(await comeBack(await signInAt(await begin(id)), 'other/ann')).toMatchObject({
      status: 400,
    });
    const forged = new URL(stolen);
    forged.searchParams.set('state', 'guessed');
    expect(await comeBack(forged)).toMatchObject({ status: 400 });

    const late = await signInAt(await begin(id));
    await db.query(`UPDATE integration.integration_oauth_sign_ins SET expires_at = now()`);
    expect(await comeBack(late)).toMatchObject({ status: 400 });

    const changed = await signInAt(await begin(id));
    const { authorizationUrl } = server;
    const config = { authorizationUrl, tokenUrl: 'https://evil.example/token', clientId: 'client' };
    await ann('PATCH', `/connections/${id}`, { config });
    expect((await comeBack(changed)).text).toContain('changed meanwhile');
    expect(server.asked).toHaveLength(1);
    expect(await signInOf(id)).toMatchObject({ state: 'ended' });
  });

  it('is refused by the server with a code that was used, or is of another attempt', async () => {
    const id = await connect();
    const used = await signInAt(await begin(id));
    await comeBack(used);
    for (const code of [used.searchParams.get('code') ?? '', 'code-of-nobody']) {
      const next = await signInAt(await begin(id));
      next.searchParams.set('code', code);
      expect((await comeBack(next)).text).toContain('invalid_grant');
    }
    // PKCE: the code of one attempt, brought back with the state of another.
    const [a, b] = [await signInAt(await begin(id)), await signInAt(await begin(id))];
    a.searchParams.set('code', b.searchParams.get('code') ?? '');
    expect((await comeBack(a)).text).toContain('wrong code_verifier');
    expect(await signInOf(id)).toMatchObject({
      reason: expect.stringContaining('wrong code_verifier'),
    });
  });

  it('says so where the person refuses', async () => {
    const id = await connect();
    server.consents = false;
    const back = await comeBack(await signInAt(await begin(id)));
    expect(back).toMatchObject({ status: 400 });
    expect(back.text).toContain('access_denied (The user said no)');
    expect(await signInOf(id)).toMatchObject({
      state: 'missing',
      reason: expect.stringContaining('access_denied'),
    });
  });

  it.each([true, false])('is prolonged by refresh tokens (rotated: %s)', async (rotates) => {
    server.rotatesRefreshTokens = rotates;
    const id = await connect();
    await signIn(id);
    for (let turn = 0; turn < 3; turn++) {
      await age(id);
      expect((await deliver(id)).body).toMatchObject({ outcome: 'delivered' });
    }
    const refreshed = server.asked.filter((form) => form.get('grant_type') === 'refresh_token');
    expect(refreshed).toHaveLength(3);
    expect(new Set(refreshed.map((form) => form.get('refresh_token'))).size).toBe(rotates ? 3 : 1);
  });

  it('has to be done again once the grant is revoked: the connection says so, nobody asks on', async () => {
    const id = await connect();
    await signIn(id);
    server.revoke();
    await age(id);
    for (let turn = 0; turn < 3; turn++) {
      expect((await deliver(id)).text).toMatch(/the grant is revoked\): sign in again/);
    }
    expect(server.asked).toHaveLength(2);
    expect(await signInOf(id)).toMatchObject({
      state: 'ended',
      reason: expect.stringContaining('sign in again'),
    });
    await signIn(id);
    expect(await signInOf(id)).toMatchObject({ state: 'active', reason: null });
    expect((await deliver(id)).body).toMatchObject({ outcome: 'delivered' });
  });

  it('ends with its token where the server gives none to prolong it by', async () => {
    server.givesRefreshTokens = false;
    const id = await connect();
    await signIn(id);
    await age(id);
    expect((await deliver(id)).text).toContain('nothing to prolong it by: sign in again');
  });

  it('reaches workers that hold what was granted before', async () => {
    const id = await connect();
    await signIn(id);
    await deliver(id);
    const publish = (n: number) =>
      app.get(IntegrationPublisher).publish('ping', { n }, { tenant: 'acme' });
    await publish(1);
    await receiver.waitFor(2);
    await signIn(id);
    await publish(2);
    await receiver.waitFor(3);
    const bearers = receiver.requests.map(({ headers }) => headers['authorization']);
    expect(bearers[1]).toBe(bearers[0]);
    expect(bearers[2]).not.toBe(bearers[0]);
    await until('both deliveries', async () => {
      const { rows } = await db.query('SELECT state FROM integration.deliveries');
      return rows.every(({ state }) => state === 'delivered');
    });
  });

  it('asks a browser that left its strict cookies out to come once more, from this site', async () => {
    const to = await signInAt(await begin(await connect()));
    const stranger = (site: string) =>
      fetch(to, { headers: { 'sec-fetch-site': site }, redirect: 'manual' });
    const first = await stranger('cross-site');
    expect(first.status).toBe(200);
    expect(first.headers.get('refresh')).toBe(`0; url=${to.pathname}${to.search}`);
    expect((await stranger('same-origin')).status).toBe(401);
    expect(await comeBack(to)).toMatchObject({ status: 200 });
  });

  it('is for nobody else’s connection, and only for such as need it', async () => {
    const id = await connect();
    expect((await as('other/eve')('POST', `/connections/${id}/authorize`, {})).status).toBe(404);
  });
});
