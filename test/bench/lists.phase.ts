import { Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  IntegrationAccessPolicy,
  IntegrationAdminModule,
  type AccessDecision,
} from '@nest-integrations/admin';
import { Pool } from 'undici';
import { z } from 'zod';
import { benchModule, type EngineSettings } from './engine.js';
import { quantile } from './figures.js';

const BASE = '/admin/integrations';
const WARM_UP = 5;

/** The benchmark alone knows the port. */
@Injectable()
class BenchAccess extends IntegrationAccessPolicy {
  override check(): AccessDecision {
    return { allowed: true, scope: 'all' };
  }
}

export interface ListsSettings extends EngineSettings {
  /** How often each is asked. */
  readonly requests: number;
}

export interface RequestFigures {
  readonly name: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

type Get = (path: string) => Promise<unknown>;

/** How long the admin API takes for what admins look at, one request after the other. */
export async function lists({ requests, ...settings }: ListsSettings): Promise<RequestFigures[]> {
  @Module({
    imports: [
      benchModule({ ...settings, worker: { enabled: false } }),
      IntegrationAdminModule.forRoot({ access: BenchAccess, rateLimit: false }),
    ],
  })
  class AdminBenchModule {}

  Logger.overrideLogger(['error']);
  const app = await NestFactory.create(AdminBenchModule, { abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const pool = new Pool(await app.getUrl(), { connections: 1 });
  const get: Get = async (path) => {
    const { statusCode, body } = await pool.request({ method: 'GET', path: BASE + path });
    const answer: unknown = await body.json();
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${JSON.stringify(answer)}`);
    return answer;
  };
  try {
    const figures: RequestFigures[] = [];
    for (const [name, path] of Object.entries(await pathsOf(get))) {
      figures.push({ name, ...(await timed(() => get(path), requests)) });
    }
    return figures;
  } finally {
    await pool.close();
    await app.close();
  }
}

const item = z.looseObject({ id: z.string() });
const page = z.object({ items: z.array(item), nextCursor: z.string().nullable() });
const delivery = item.extend({
  eventId: z.string(),
  eventType: z.string(),
  subscriptionId: z.string(),
});

async function pageOf(get: Get, path: string): Promise<z.infer<typeof page>> {
  return page.parse(await get(path));
}

/** The path of the page after. */
async function after(get: Get, path: string): Promise<string> {
  const { nextCursor } = await pageOf(get, path);
  if (nextCursor === null) throw new Error(`${path} is one page`);
  const [list] = path.split('?');
  return `${list}?cursor=${nextCursor}`;
}

/** By name. The ids and cursors in them are those that the API itself gives. */
async function pathsOf(get: Get): Promise<Record<string, string>> {
  // The history is of the last hour: from its middle on, half of it is still to come.
  const middle = Date.now() - 1_800_000;
  const [from, to] = [middle - 60_000, middle].map((ms) => new Date(ms).toISOString());
  const one = delivery.parse((await pageOf(get, `/deliveries?to=${to}`)).items[0]);
  const subscriptionIds = (await pageOf(get, '/subscriptions')).items.map(({ id }) => id);
  return {
    deliveries: '/deliveries',
    deliveriesPage2: await after(get, '/deliveries'),
    deliveriesDeep: await after(get, `/deliveries?to=${to}`),
    deliveriesDelivered: '/deliveries?status=delivered',
    deliveriesRetrying: '/deliveries?status=retrying',
    deliveriesFailed: '/deliveries?status=failed',
    deliveriesPending: '/deliveries?status=pending,attempting',
    deliveriesOfSubscription: `/deliveries?subscriptionId=${one.subscriptionId}`,
    deliveriesOfType: `/deliveries?eventType=${one.eventType}`,
    deliveriesFailedOfType: `/deliveries?eventType=${one.eventType}&status=failed`,
    deliveriesOfProvider: '/deliveries?provider=webhook',
    deliveriesOfMinute: `/deliveries?from=${from}&to=${to}`,
    deliveriesById: `/deliveries?search=${one.id}`,
    deliveriesByIdStart: `/deliveries?search=${one.id.slice(0, 8)}`,
    deliveriesByForeignId: '/deliveries?search=MSG-4711',
    delivery: `/deliveries/${one.id}`,
    overview: '/overview',
    events: '/events',
    eventsPage2: await after(get, '/events'),
    eventsDeep: await after(get, `/events?to=${to}`),
    eventsOfType: `/events?type=${one.eventType}`,
    event: `/events/${one.eventId}`,
    subscriptions: '/subscriptions',
    subscriptionsPage2: await after(get, '/subscriptions'),
    subscriptionsByName: '/subscriptions?search=Subscription%201&sort=name',
    subscriptionsHealthy: '/subscriptions?state=healthy',
    subscriptionsFailing: '/subscriptions?state=failing',
    subscriptionsActivity: `/subscriptions/activity?ids=${subscriptionIds.join(',')}`,
  };
}

async function timed(
  call: () => Promise<unknown>,
  count: number,
): Promise<Omit<RequestFigures, 'name'>> {
  const times: number[] = [];
  for (let n = -Math.min(WARM_UP, count); n < count; n++) {
    const started = performance.now();
    await call();
    if (n >= 0) times.push(performance.now() - started);
  }
  return { p50Ms: quantile(times, 0.5), p95Ms: quantile(times, 0.95) };
}
