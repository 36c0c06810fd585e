import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ADMIN_TOKEN,
  idOf,
  PlatformProcess,
  type PlatformProcessSettings,
} from '../support/platform.js';
import { freePort } from '../support/redis.js';

interface Entry {
  readonly type: string;
  readonly verified: boolean;
  readonly body: string;
}

describe('the demo platform, on its own Postgres', () => {
  let dataDir: string;
  let settings: PlatformProcessSettings;
  let platform: PlatformProcess;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-platform-'));
    settings = { port: await freePort(), dataDir };
    platform = await PlatformProcess.start(settings);
  });

  afterAll(async () => {
    await platform.kill('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  });

  const entries = async () => (await platform.request('GET', '/inbox/entries')).body as Entry[];
  const arrived = async (type: string) => {
    await expect
      .poll(async () => (await entries()).map((entry) => entry.type), { timeout: 10_000 })
      .toContain(type);
    return (await entries()).find((entry) => entry.type === type);
  };
  const post = async (path: string, body?: unknown) => {
    const response = await platform.request('POST', path, body);
    expect(response.status).toBeLessThan(300);
    return response.body;
  };

  it('tells a newcomer what to open and what to type', () => {
    expect(platform.output).toContain(`http://localhost:${settings.port}/inbox`);
    expect(platform.output).toContain('curl -X POST');
    expect(platform.output).toContain('Bearer $ADMIN_TOKEN');
    expect(platform.output).not.toContain('a-token-for-the-tests');
  });

  it('says so in a line where its port is taken, and leaves nothing running', async () => {
    const second = await mkdtemp(join(tmpdir(), 'nest-integrations-second-'));
    try {
      await expect(PlatformProcess.start({ ...settings, dataDir: second })).rejects.toThrow(
        new RegExp(`ended with 1:\nSetting up .*\nPORT: ${settings.port} is in use: .*\n$`),
      );
      // Its Postgres too: the folder would be in use otherwise.
      const elsewhere = { port: await freePort(), dataDir: second };
      expect(await (await PlatformProcess.start(elsewhere)).kill('SIGTERM')).toBe(0);
    } finally {
      await rm(second, { recursive: true, force: true });
    }
  });

  it.each([
    ['GET', '/catalog/systems/%00'],
    ['DELETE', '/catalog/systems/%00'],
    ['PUT', '/health-checks/%00'],
  ])('knows nothing by the name of a control character: %s %s', async (method, path) => {
    const body = method === 'PUT' ? { level: 'degraded' } : undefined;
    expect((await platform.request(method, path, body)).status).toBe(404);
  });

  it('delivers every announced event to the inbox, signed', async () => {
    const incident = idOf(
      await post('/incidents', { title: 'Checkout is down', severity: 'critical' }),
    );
    await platform.request('PATCH', `/incidents/${incident}`, { severity: 'major' });
    await post(`/incidents/${incident}/resolve`);
    await post(`/incidents/${incident}/reopen`);
    const period = { plannedFrom: '2030-01-01T01:00:00Z', plannedTo: '2030-01-01T02:00:00Z' };
    const maintenance = idOf(await post('/maintenance', { title: 'Upgrade', ...period }));
    await platform.request('PATCH', `/maintenance/${maintenance}`, { title: 'Database upgrade' });
    await post(`/maintenance/${maintenance}/start`);
    await post(`/maintenance/${maintenance}/complete`);
    for (const level of ['degraded', 'unhealthy', 'healthy']) {
      await platform.request('PUT', '/health-checks/checkout', { level, systemName: 'Checkout' });
    }
    const system = idOf(await post('/catalog/systems', { name: 'Checkout', owner: 'Payments' }));
    await platform.request('DELETE', `/catalog/systems/${system}`);

    for (const type of [
      'incident.created',
      'incident.updated',
      'incident.resolved',
      'incident.reopened',
      'maintenance.created',
      'maintenance.updated',
      'maintenance.started',
      'maintenance.completed',
      'health.degraded',
      'health.unhealthy',
      'health.restored',
      'catalog.system.created',
      'catalog.system.deleted',
    ]) {
      const entry = await arrived(type);
      expect(entry).toMatchObject({ verified: true });
      expect(entry?.body).toMatch(/"name":|"title":/);
      expect(entry?.body).toContain('"link":"http');
    }
  });

  it('names each of its events once', async () => {
    const { body } = await platform.admin('GET', '/event-types');
    const ids = (body as { items: { id: string }[] }).items.map(({ id }) => id);
    expect(ids).toContain('incident.created');
    expect(ids).toHaveLength(new Set(ids).size);
    expect(ids.every((id) => !/^(\w+)\.\1\./.test(id))).toBe(true);
  });

  it('refuses bad input with a problem that names the field', async () => {
    const { status, body } = await platform.request('POST', '/incidents', { severity: 'huge' });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toMatch(/title.*severity/);
    const twice = await platform.request('POST', '/incidents/inc_none/resolve');
    expect(twice.status).toBe(404);
  });

  it.each([
    ['a blank title', '/incidents', { title: '  ', severity: 'minor' }, 'title'],
    ['a line break in a title', '/incidents', { title: 'a\nb', severity: 'minor' }, 'title'],
    [
      'null where a field may be left out',
      '/incidents',
      { title: 'a', severity: 'minor', systemName: null },
      'systemName',
    ],
    [
      'a moment without its zone',
      '/maintenance',
      { title: 'a', plannedFrom: '2030-01-01T01:00:00', plannedTo: '2030-01-01T02:00:00Z' },
      'plannedFrom',
    ],
    ['a field that is none', '/catalog/systems', { name: 'a', owner: 'b', id: 'mine' }, 'id'],
  ])('refuses %s', async (_, path, body, field) => {
    const answer = await platform.request('POST', path, body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(field);
  });

  it('shows each thing under its own address', async () => {
    const incident = idOf(await post('/incidents', { title: 'Slow', severity: 'minor' }));
    const system = idOf(await post('/catalog/systems', { name: 'Search', owner: 'Discovery' }));
    await platform.request('PUT', '/health-checks/search', { level: 'degraded' });
    for (const path of [
      `/incidents/${incident}`,
      `/catalog/systems/${system}`,
      '/health-checks/search',
    ]) {
      expect((await platform.request('GET', path)).status).toBe(200);
    }
    for (const path of [
      '/incidents/x',
      '/maintenance/x',
      '/catalog/systems/x',
      '/health-checks/x',
    ]) {
      expect((await platform.request('GET', path)).status).toBe(404);
    }
  });

  it('makes a transition once, however many ask for it at the same time', async () => {
    const id = idOf(await post('/incidents', { title: 'Asked twice', severity: 'minor' }));
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => platform.request('POST', `/incidents/${id}/resolve`)),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, 409, 409, 409, 409]);
    const created = await Promise.all(
      Array.from({ length: 5 }, () =>
        platform.request('POST', '/catalog/systems', { name: 'Only one', owner: 'Us' }),
      ),
    );
    expect(created.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(created.filter(({ status }) => status === 409)).toHaveLength(4);
  });

  it('lets its pages load nothing from elsewhere, and be framed by nobody', async () => {
    for (const path of ['/inbox', '/inbox/inbox.js', '/no/such/page', '/incidents']) {
      const { headers } = await fetch(`http://127.0.0.1:${settings.port}${path}`);
      expect(headers.get('content-security-policy')).toMatch(
        /default-src 'none'.*frame-ancestors 'none'/,
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it('signs a browser in by the token, with a cookie that only its own page can use', async () => {
    const origin = `http://127.0.0.1:${settings.port}`;
    const send = (method: string, path: string, headers: Record<string, string>, body?: object) =>
      fetch(origin + path, {
        method,
        headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    const token = { token: 'a-token-for-the-tests' };
    expect((await send('POST', '/session', { origin: 'https://evil.example' }, token)).status).toBe(
      403,
    );
    expect((await send('POST', '/session', { origin }, { token: 'no' })).status).toBe(401);
    const begun = await send('POST', '/session', { origin }, token);
    expect(begun.status).toBe(201);
    const set = begun.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^nest-integrations=.*; Path=\/; .*HttpOnly; SameSite=Strict$/);
    expect(set).not.toContain(token.token);
    const cookie = set.split(';')[0] ?? '';

    expect((await send('GET', '/session', { cookie })).status).toBe(200);
    const list = await send('GET', '/admin/integrations/subscriptions', { cookie });
    const { items } = (await list.json()) as { items: { id: string }[] };
    const enable = `/admin/integrations/subscriptions/${items[0]?.id}/enable`;
    expect((await send('POST', enable, { cookie, origin })).status).toBe(200);
    expect((await send('POST', enable, { cookie })).status).toBe(403);
    expect((await send('POST', enable, { cookie, origin: 'https://evil.example' })).status).toBe(
      403,
    );
    expect((await send('POST', enable, { cookie: `${cookie}x`, origin })).status).toBe(401);
    expect((await send('GET', '/session', {})).status).toBe(401);
    const ended = await send('DELETE', '/session', { cookie, origin });
    expect(ended.headers.get('set-cookie')).toMatch(/^nest-integrations=;.*1970/);

    let guess = await send('POST', '/session', { origin }, { token: 'guess' });
    for (let i = 0; i < 12; i++)
      guess = await send('POST', '/session', { origin }, { token: 'guess' });
    expect(guess.status).toBe(429);
    expect(Number(guess.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await send('POST', '/session', { origin }, token)).status).toBe(429);
  });

  it('does not start in production on keys of its own making', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    try {
      const folder = join(dataDir, 'none');
      const start = PlatformProcess.start({ port: await freePort(), dataDir: folder });
      await expect(start).rejects.toThrow(/INTEGRATION_KEYS: must be given/);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('says that it is alive and ready', async () => {
    expect((await platform.request('GET', '/health/live')).status).toBe(200);
    expect((await platform.request('GET', '/health/ready')).status).toBe(200);
  });

  it('refuses a second app on its data folder, and names it', async () => {
    const second = PlatformProcess.start({ port: await freePort(), dataDir });
    await expect(second).rejects.toThrow(/in use by another running app/);
  });

  it('answers what it has taken before it ends on SIGTERM, open pages or not', async () => {
    const origin = `http://127.0.0.1:${settings.port}`;
    const page = await fetch(`${origin}/inbox/stream`);
    const live = await fetch(`${origin}/admin/integrations/stream`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(live.status).toBe(200);
    // Connections that the server has taken: what waits in front of it is not its to answer.
    await Promise.all(Array.from({ length: 20 }, () => platform.request('GET', '/health/live')));
    const asked = Array.from({ length: 20 }, (_, i) =>
      platform.request('POST', '/incidents', { title: `Before the end ${i}`, severity: 'minor' }),
    );
    await Promise.race(asked);
    const ended = platform.kill('SIGTERM');
    for (const { status } of await Promise.all(asked)) expect(status).toBe(201);
    expect(await ended).toBe(0);
    // Cut off, it would reject.
    await expect(page.text()).resolves.toBeDefined();
    await expect(live.text()).resolves.toContain('retry:');
    platform = await PlatformProcess.start(settings);
  });

  it('ends by itself on SIGTERM, and finds its data again after a kill -9', async () => {
    expect(await platform.kill('SIGTERM')).toBe(0);
    platform = await PlatformProcess.start(settings);
    await platform.kill('SIGKILL');
    platform = await PlatformProcess.start(settings);
    const { body } = await platform.admin('GET', '/deliveries?eventType=incident.created');
    expect((body as { items: unknown[] }).items.length).toBeGreaterThan(0);
    await post('/incidents', { title: 'After the kill', severity: 'minor' });
    await arrived('incident.created');
  });
});
