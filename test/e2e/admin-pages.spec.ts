import { randomBytes } from 'node:crypto';
import { Module, type INestApplication } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import {
  IntegrationAccessPolicy,
  IntegrationAdminModule,
  type AccessDecision,
  type IntegrationAdminOptions,
  type IntegrationRight,
} from '@nest-integrations/admin';
import { IntegrationModule } from '@nest-integrations/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

/** Knows its users by a cookie: `user=reader`, `user=manager`, `user=acme` of that tenant. */
class CookiePolicy extends IntegrationAccessPolicy {
  override check(
    { headers }: { headers: Record<string, string | undefined> },
    right: IntegrationRight,
  ): AccessDecision {
    const user = /user=(\w+)/.exec(headers['cookie'] ?? '')?.[1];
    if (user === undefined) return { allowed: false, status: 401 };
    if (user === 'nobody') return { allowed: false, reason: 'Ask the operators.' };
    return right === 'integration.manage' && user !== 'manager'
      ? { allowed: false }
      : { allowed: true, scope: user === 'acme' ? { tenant: user } : 'all', actor: user };
  }
}

describe('the pages in a host of any kind', () => {
  let database: FreshDatabase;
  const apps: INestApplication[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await database.drop();
  });

  async function start(options: IntegrationAdminOptions, prefix?: string): Promise<string> {
    @Module({
      imports: [
        EventEmitterModule.forRoot(),
        IntegrationModule.forRoot({
          database: { url: database.url, migrations: 'run' },
          queue: { driver: 'postgres' },
          secrets: { keys: [{ id: 'k', key: randomBytes(32).toString('base64') }] },
          worker: { enabled: false },
        }),
        IntegrationAdminModule.forRoot({ access: CookiePolicy, ...options }),
      ],
    })
    class Host {}
    const testing = await Test.createTestingModule({ imports: [Host] }).compile();
    const app = testing.createNestApplication({ logger: ['error'] });
    if (prefix !== undefined) app.setGlobalPrefix(prefix);
    await app.listen(0, '127.0.0.1');
    apps.push(app);
    return app.getUrl();
  }

  const get = (url: string, user?: string, headers: Record<string, string> = {}) =>
    fetch(url, {
      redirect: 'manual',
      headers: { ...headers, ...(user === undefined ? {} : { cookie: `user=${user}` }) },
    });

  it('stand under the host’s path and prefix, and find their assets from every address', async () => {
    const origin = await start({ path: '/ops/hooks' }, 'api/v2');
    const home = await get(`${origin}/api/v2/ops/hooks`, 'reader');
    expect(home.status).toBe(302);
    const root = new URL(home.headers.get('location') ?? '', home.url).href;
    expect(root).toBe(`${origin}/api/v2/ops/hooks/ui/`);

    for (const below of ['', 'deliveries/x?attempt=2', 'deliveries/', 'events/types/a%2Fb', null]) {
      const address = below === null ? root.slice(0, -1) : root + below;
      const page = await get(address, 'reader');
      expect(page.status).toBe(200);
      const html = await page.text();
      const [, script = ''] = /<script type="module"[^>]* src="([^"]+)"/.exec(html) ?? [];
      const asset = await get(new URL(script, address).href, 'reader', {
        'accept-encoding': 'gzip',
      });
      expect(asset.status).toBe(200);
      expect(asset.headers.get('content-type')).toContain('text/javascript');
      expect(asset.headers.get('content-encoding')).toBe('gzip');
      expect(asset.headers.get('cache-control')).toContain('immutable');
    }
  });

  it('leave the API’s addresses to the API', async () => {
    const origin = await start({});
    const list = await get(`${origin}/admin/integrations/deliveries`, 'reader');
    expect(list.headers.get('content-type')).toContain('application/json');
    const none = await get(`${origin}/admin/integrations/no-such-thing`, 'reader');
    expect(none.status).toBe(404);
  });

  it('ask the host’s policy, and say in words whom they do not let in', async () => {
    const origin = await start({ ui: { signIn: '/login?via=hooks' } });
    const wanted = `${origin}/admin/integrations/ui/deliveries?status=failed`;
    const stranger = await get(wanted);
    expect(stranger.status).toBe(401);
    expect(stranger.headers.get('content-type')).toContain('text/html');
    expect(stranger.headers.get('cache-control')).toBe('no-store');
    expect(await stranger.text()).toContain(
      `/login?via=hooks&#38;return=${encodeURIComponent(new URL(wanted).pathname + '?status=failed')}`,
    );
    const refused = await get(wanted, 'nobody');
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain('Ask the operators.');
    expect((await get(`${origin}/admin/integrations/ui/assets/x.js`)).status).toBe(401);
  });

  it('know whether who looks may change things', async () => {
    const origin = await start({});
    for (const [user, canManage] of [
      ['reader', false],
      ['manager', true],
    ] as const) {
      const html = await (await get(`${origin}/admin/integrations/ui/`, user)).text();
      expect(html).toContain(`&#34;actor&#34;:&#34;${user}&#34;,&#34;canManage&#34;:${canManage}`);
    }
  });

  it('know whether who looks sees the installation, or one tenant alone', async () => {
    const origin = await start({});
    for (const [user, seesAll] of [
      ['acme', false],
      ['reader', true],
    ] as const) {
      const html = await (await get(`${origin}/admin/integrations/ui/`, user)).text();
      expect(html).toContain(`&#34;seesAllTenants&#34;:${seesAll}`);
    }
  });

  it('are not there where the host wants the API alone', async () => {
    const origin = await start({ ui: false });
    expect((await get(`${origin}/admin/integrations`, 'manager')).status).toBe(404);
    expect((await get(`${origin}/admin/integrations/ui/`, 'manager')).status).toBe(404);
    expect((await get(`${origin}/admin/integrations/deliveries`, 'manager')).status).toBe(200);
  });
});
