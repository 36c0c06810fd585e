import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idOf, PlatformProcess, type PlatformProcessSettings } from '../support/platform.js';
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
    const { body } = await platform.admin('GET', '/events');
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

  it('says that it is alive and ready', async () => {
    expect((await platform.request('GET', '/health/live')).status).toBe(200);
    expect((await platform.request('GET', '/health/ready')).status).toBe(200);
  });

  it('refuses a second app on its data folder, and names it', async () => {
    const second = PlatformProcess.start({ port: await freePort(), dataDir });
    await expect(second).rejects.toThrow(/in use by another running app/);
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
