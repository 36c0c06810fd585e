import { Module, Post, type INestApplication, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditLog, AuditTrail } from '@nest-integrations/core';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { AdminController } from '../admin-controller.decorator.js';
import { protectionProviders } from '../protection/protection.providers.js';
import { ClosedAccessPolicy } from './closed-access.policy.js';
import { IntegrationAccessPolicy, type AccessDecision } from './integration-access.policy.js';
import { RequiresRight } from './requires-right.decorator.js';

/** Keeps what the app logs. */
class LogBook implements LoggerService {
  readonly lines: { level: string; message: unknown }[] = [];
  log = (message: unknown): void => void this.lines.push({ level: 'log', message });
  warn = (message: unknown): void => void this.lines.push({ level: 'warn', message });
  error = (message: unknown): void => void this.lines.push({ level: 'error', message });
}

@AdminController('things', 'Things')
class ThingsController {
  @Post()
  createThing(): { id: string } {
    return { id: 'new' };
  }

  @Post(':id/poke')
  pokeThing(): void {}

  @Post('look')
  @RequiresRight('integration.read')
  lookAtThings(): void {}
}

let app: INestApplication | undefined;

async function start(policy: IntegrationAccessPolicy) {
  @Module({
    controllers: [ThingsController],
    providers: [
      { provide: IntegrationAccessPolicy, useValue: policy },
      { provide: AuditLog, useValue: { recordCall: () => Promise.resolve() } },
      AuditTrail,
      ...protectionProviders(),
    ],
  })
  class HostModule {}

  const logger = new LogBook();
  app = await NestFactory.create(HostModule, { logger });
  await app.listen(0, '127.0.0.1');
  return { agent: request(app.getHttpServer()), lines: logger.lines };
}

function deciding(decide: (right: string) => AccessDecision): IntegrationAccessPolicy {
  return new (class extends IntegrationAccessPolicy {
    check(_: unknown, right: string): AccessDecision {
      return decide(right);
    }
  })();
}

afterEach(() => app?.close());

describe('access', () => {
  it('warns once at start that nothing is open without a policy', async () => {
    const { agent, lines } = await start(new ClosedAccessPolicy());
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([
      { level: 'warn', message: expect.stringContaining('IntegrationAdminModule.forRoot') },
    ]);
    expect((await agent.post('/things')).status).toBe(403);
  });

  it('asks for the right to manage where a route names none', async () => {
    const asked: string[] = [];
    const { agent } = await start(
      deciding((right) => {
        asked.push(right);
        return { allowed: true, scope: 'all' };
      }),
    );
    await agent.post('/things');
    await agent.post('/things/look');
    expect(asked).toEqual(['integration.manage', 'integration.read']);
  });

  it('tells the caller the policy’s own reason', async () => {
    const { agent } = await start(
      deciding(() => ({ allowed: false, status: 401, reason: 'The session has ended.' })),
    );
    const answer = await agent.post('/things');
    expect([answer.status, answer.body.detail]).toEqual([401, 'The session has ended.']);
  });

  it('lets nobody in when the policy fails', async () => {
    const { agent, lines } = await start(
      deciding(() => {
        throw new Error('directory is down');
      }),
    );
    const answer = await agent.post('/things');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('directory');
    expect(lines.at(-1)?.message).toMatchObject({
      errorId: answer.body.errorId,
      error: 'Error: directory is down',
    });
  });

  it('logs who changed what, one line each, and not who looked', async () => {
    const { agent, lines } = await start(
      deciding(() => ({ allowed: true, scope: 'all', actor: 'ada' })),
    );
    await agent.post('/things');
    await agent.post('/things/7/poke');
    await agent.post('/things/look');
    const event = 'integration.managed';
    expect(lines.map(({ message }) => message).filter((line) => typeof line === 'object')).toEqual([
      { event, operation: 'createThing', id: 'new', actor: 'ada' },
      { event, operation: 'pokeThing', id: '7', actor: 'ada' },
    ]);
  });
});
