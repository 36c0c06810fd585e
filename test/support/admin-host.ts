import { randomBytes } from 'node:crypto';
import { Injectable, Module, type INestApplication, type Type } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import {
  IntegrationAccessPolicy,
  IntegrationAdminModule,
  type AccessDecision,
} from '@nest-integrations/admin';
import { IntegrationModule } from '@nest-integrations/core';
import { WebhookProviderModule } from '@nest-integrations/provider-webhook';

/** `Bearer acme/ann`: ann, who sees acme's; `Bearer all/root`: root, who sees all. */
@Injectable()
class TenantsPolicy extends IntegrationAccessPolicy {
  override check({ headers }: { headers: Record<string, string | undefined> }): AccessDecision {
    const [, tenant, actor] = /^Bearer (.+)\/(\w+)$/.exec(headers['authorization'] ?? '') ?? [];
    if (tenant === undefined || actor === undefined) return { allowed: false, status: 401 };
    return { allowed: true, scope: tenant === 'all' ? 'all' : { tenant }, actor };
  }
}

/** One for all hosts of a test, as one installation has. */
const KEY = randomBytes(32).toString('base64');

export const ADMIN_BASE = '/admin/integrations';

/** A host app with the admin API, whose admins belong to tenants. */
export async function startAdminHost(
  databaseUrl: string,
  providers: readonly Type[],
): Promise<INestApplication> {
  @Module({
    imports: [
      EventEmitterModule.forRoot(),
      IntegrationModule.forRoot({
        database: { url: databaseUrl, migrations: 'run' },
        queue: { driver: 'postgres', pollIntervalMs: 200 },
        secrets: { keys: [{ id: 'k', key: KEY }] },
        http: { allow: ['127.0.0.0/8'] },
      }),
      IntegrationAdminModule.forRoot({
        access: TenantsPolicy,
        rateLimit: { requestsPerMinute: 100_000, strangersPerMinute: 100_000 },
      }),
      WebhookProviderModule,
    ],
    providers: [...providers],
  })
  class AdminHost {}

  const testing = await Test.createTestingModule({ imports: [AdminHost] }).compile();
  const app = testing.createNestApplication({ logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  return app;
}

export interface AdminAnswer {
  readonly status: number;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** Asks as an admin: `as('acme/ann')('GET', '/subscriptions')`. */
export function adminCalls(app: INestApplication) {
  return (admin: string) =>
    async (method: string, path: string, body?: unknown): Promise<AdminAnswer> => {
      const response = await fetch((await app.getUrl()) + ADMIN_BASE + path, {
        method,
        headers: {
          authorization: `Bearer ${admin}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, text, body: text === '' ? {} : JSON.parse(text) };
    };
}
