import { Body, Controller, Module, Post, type INestApplication } from '@nestjs/common';
import { NestFactory, RouterModule } from '@nestjs/core';
import { AuditLog, AuditTrail } from '@nest-integrations/core';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { IntegrationAccessPolicy } from '../access/integration-access.policy.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ADMIN_PATH } from '../integration-admin-options.js';
import { protectionProviders } from '../protection/protection.providers.js';
import { JsonBody } from './json-body.js';

const MEBIBYTE = 1_048_576;

@AdminController('echo', 'Echo')
class OurController {
  @Post()
  size(@Body() body: Record<string, unknown>): { size: number } {
    return { size: JSON.stringify(body ?? null).length };
  }

  @Post('broken')
  broken(): never {
    throw new Error('password is hunter2');
  }
}

@Controller('hosts-own')
class HostController {
  @Post()
  size(@Body() body: unknown): { size: number } {
    return { size: JSON.stringify(body).length };
  }
}

class OpenPolicy extends IntegrationAccessPolicy {
  check() {
    return { allowed: true, scope: 'all' } as const;
  }
}

function hostAt(path: string) {
  @Module({
    controllers: [OurController],
    providers: [
      JsonBody,
      { provide: ADMIN_PATH, useValue: path },
      { provide: IntegrationAccessPolicy, useClass: OpenPolicy },
      { provide: AuditLog, useValue: { recordCall: () => Promise.resolve() } },
      AuditTrail,
      ...protectionProviders(),
    ],
  })
  class OurModule {}

  @Module({
    imports: [OurModule, RouterModule.register([{ path, module: OurModule }])],
    controllers: [HostController],
  })
  class HostModule {}
  return HostModule;
}

const open: INestApplication[] = [];

async function start(path: string, configure: (app: INestApplication) => void = () => {}) {
  const app = await NestFactory.create(hostAt(path), { logger: false });
  open.push(app);
  configure(app);
  await app.listen(0, '127.0.0.1');
  return request(app.getHttpServer());
}

const bodyOf = (bytes: number): string =>
  JSON.stringify('x'.repeat(bytes - 8)).replace(/^/, '{"a":') + '}';

const post = (agent: Awaited<ReturnType<typeof start>>, path: string, body: string) =>
  agent.post(path).set('Content-Type', 'application/json').send(body);

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

describe('JsonBody', () => {
  it('accepts a body of 1 MiB and refuses one byte more, in an app that is set up plainly', async () => {
    const agent = await start('/admin/x');
    const whole = await post(agent, '/admin/x/echo', bodyOf(MEBIBYTE));
    expect([whole.status, whole.body]).toEqual([201, { size: MEBIBYTE }]);

    const over = await post(agent, '/admin/x/echo', bodyOf(MEBIBYTE + 1));
    expect(over.status).toBe(413);
    expect(over.type).toBe('application/problem+json');
    expect(over.body).toMatchObject({
      status: 413,
      instance: '/admin/x/echo',
      detail: expect.stringContaining('1048576 bytes'),
    });
  });

  it('answers malformed JSON with where it breaks, and repeats nothing of it', async () => {
    const agent = await start('/admin/x');
    const answer = await post(agent, '/admin/x/echo?q=1', '{"secret":"hunter2",}');
    expect(answer.status).toBe(400);
    expect(answer.type).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ instance: '/admin/x/echo', errors: [{ field: '' }] });
    expect(answer.body.detail).toContain('position 20');
    expect(answer.text).not.toContain('hunter2');
  });

  it('refuses bodies that are no JSON: a form of another site can send nothing', async () => {
    const agent = await start('/admin/x');
    const answer = await agent.post('/admin/x/echo').type('form').send({ a: 1 });
    expect([answer.status, answer.type]).toEqual([415, 'application/problem+json']);
  });

  it('answers an address that can’t be decoded', async () => {
    const agent = await start('/admin/x');
    const answer = await agent.post('/admin/x/%zz');
    expect([answer.status, answer.type]).toEqual([400, 'application/problem+json']);
  });

  it('leaves the host’s other routes as they were', async () => {
    const agent = await start('/admin/x');
    const large = await post(agent, '/hosts-own', bodyOf(200_000));
    expect([large.status, large.type]).toEqual([413, 'application/json']);
    const malformed = await post(agent, '/hosts-own', '{');
    expect([malformed.status, malformed.type]).toEqual([400, 'application/json']);
    expect((await post(agent, '/admin/xy', '{')).type).toBe('application/json');
  });

  it('follows a global prefix that is set later, and its exceptions', async () => {
    const prefixed = await start('/admin/x', (app) => app.setGlobalPrefix('api'));
    expect((await post(prefixed, '/api/admin/x/echo', bodyOf(200_000))).status).toBe(201);

    const excepted = await start('/admin/x', (app) =>
      app.setGlobalPrefix('api', { exclude: ['admin/x/*path'] }),
    );
    expect((await post(excepted, '/admin/x/echo', bodyOf(200_000))).status).toBe(201);
  });

  it('keeps two apps of one process apart', async () => {
    const [first, second] = [await start('/one'), await start('/two')];
    expect((await post(first, '/one/echo', bodyOf(200_000))).status).toBe(201);
    expect((await post(second, '/two/echo', bodyOf(200_000))).status).toBe(201);
    expect((await post(second, '/one/echo', bodyOf(200_000))).status).toBe(413);
  });

  it('gives an unforeseen error an id and keeps its message in', async () => {
    const agent = await start('/admin/x');
    const answer = await agent.post('/admin/x/echo/broken');
    expect(answer.status).toBe(500);
    expect(answer.body.errorId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.text).not.toContain('hunter2');
    expect(answer.text).not.toContain('.ts');
  });
});
