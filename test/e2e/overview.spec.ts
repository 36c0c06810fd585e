import { Injectable, type INestApplication } from '@nestjs/common';
import type {
  OverviewDto,
  StatisticsDto,
  SubscriptionActivityListDto,
  SubscriptionDto,
  SubscriptionPageDto,
} from '@nest-integrations/admin';
import { IntegrationEvent, IntegrationPublisher } from '@nest-integrations/core';
import { Receiver } from '@nest-integrations/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { adminCalls, startAdminHost } from '../support/admin-host.js';
import { eventually } from '../support/eventually.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

@Injectable()
class Events {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }
}

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9/';

describe('the overview', () => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let app: INestApplication;
  let as: ReturnType<typeof adminCalls>;
  let good: string;
  let bad: string;

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    app = await startAdminHost(database.url, [Events]);
    as = adminCalls(app);
    good = await subscribe('acme', receiver.url, 'none');
    bad = await subscribe('acme', NOWHERE, 'none');
    await subscribe('acme', NOWHERE, { delaysSeconds: [3_600] });
    await subscribe('globex', receiver.url, 'none');
    for (const tenant of ['acme', 'acme', 'globex']) {
      await app.get(IntegrationPublisher).publish('ping', { n: 1 }, { tenant });
    }
  });

  afterAll(async () => {
    await app?.close();
    await receiver?.stop();
    await database?.drop();
  });

  async function subscribe(tenant: string, url: string, retryPolicy: unknown): Promise<string> {
    const answer = await as(`${tenant}/ann`)('POST', '/subscriptions', {
      name: `to ${url}`,
      eventTypes: ['ping'],
      provider: 'webhook',
      config: { url },
      retryPolicy,
    });
    expect(answer.status, answer.text).toBe(201);
    return String(answer.body['id']);
  }

  async function read<Answer>(who: string, path: string): Promise<Answer> {
    const answer = await as(`${who}/ann`)('GET', path);
    expect(answer.status, answer.text).toBe(200);
    return answer.body as Answer;
  }

  /** Counts are written every few seconds. */
  const counted = (who: string, attempts: number) =>
    eventually(async () => {
      const overview = await read<OverviewDto>(who, '/overview');
      return overview.totals.attempts === attempts ? overview : undefined;
    });

  it('tells of a tenant what was delivered, given up and retried, and of all to who sees all', async () => {
    const overview = await counted('acme', 6);
    expect(overview.totals).toEqual({ delivered: 2, failed: 2, attempts: 6, successRate: 0.5 });
    expect(overview.queue).toEqual({ due: 0, lagMs: 0, retrying: 2, leased: 0 });
    expect(overview.latency.p50Ms).toBeGreaterThan(0);
    expect(overview.recentFailures.map((one) => one.subscriptionId)).toEqual([bad, bad]);
    expect(overview.failing.map(({ id }) => id)).toContain(bad);
    expect(overview.failing.map(({ id }) => id)).not.toContain(good);
    const other = await counted('globex', 1);
    expect(other).toMatchObject({
      totals: { delivered: 1, failed: 0, successRate: 1 },
      failing: [],
      recentFailures: [],
      queue: { retrying: 0 },
    });
    expect((await counted('all', 7)).totals.delivered).toBe(3);
  });

  it('has a point for each part of the time, the last of which is now', async () => {
    for (const [hours, seconds] of [
      [1, 300],
      [24, 900],
      [720, 28_800],
    ]) {
      const { series, bucketSeconds, to, totals } = await read<OverviewDto>(
        'acme',
        `/overview?hours=${hours}`,
      );
      expect(bucketSeconds).toBe(seconds);
      expect(series.length).toBeLessThanOrEqual(101);
      expect(Date.parse(to)).toBeGreaterThan(Date.now());
      const sum = (of: 'delivered' | 'failed' | 'retried') =>
        series.reduce((total, point) => total + point[of], 0);
      expect(sum('delivered') + sum('failed') + sum('retried')).toBe(totals.attempts);
    }
    expect((await as('acme/ann')('GET', '/overview?hours=0')).status).toBe(400);
  });

  it('is told of one subscription and of several', async () => {
    await counted('acme', 6);
    const one = await read<StatisticsDto>('acme', `/subscriptions/${good}/statistics?hours=1`);
    expect(one.totals).toMatchObject({ delivered: 2, failed: 0 });
    const { items } = await read<SubscriptionActivityListDto>(
      'acme',
      `/subscriptions/activity?ids=${good},${bad}&hours=24`,
    );
    expect(
      Object.fromEntries(items.map((item) => [item.subscriptionId, item.totals])),
    ).toMatchObject({ [good]: { delivered: 2, failed: 0 }, [bad]: { delivered: 0, failed: 2 } });
    expect(await read('globex', `/subscriptions/activity?ids=${good}`)).toEqual({ items: [] });
    expect((await as('acme/ann')('GET', '/subscriptions/activity?ids=x')).status).toBe(400);
    expect((await as('acme/ann')('GET', '/subscriptions/activity')).status).toBe(400);
  });

  it('shows and filters subscriptions by state, totals included', async () => {
    const failing = await eventually(async () => {
      const page = await read<SubscriptionPageDto>('acme', '/subscriptions?state=failing');
      return page.total === 2 ? page : undefined;
    });
    expect(failing.items.map(({ state, failingSince }) => [state, failingSince !== null])).toEqual([
      ['failing', true],
      ['failing', true],
    ]);
    const healthy = await read<SubscriptionPageDto>('acme', '/subscriptions?state=healthy');
    expect(healthy).toMatchObject({ total: 1, items: [{ id: good, failingSince: null }] });
    await as('acme/ann')('POST', `/subscriptions/${bad}/disable`);
    const disabled = await read<SubscriptionPageDto>('acme', '/subscriptions?state=disabled');
    expect(disabled).toMatchObject({ total: 1, items: [{ id: bad, state: 'disabled' }] });
    expect(await read<SubscriptionDto>('acme', `/subscriptions/${bad}`)).toMatchObject({
      state: 'disabled',
    });
    const open = await read<SubscriptionPageDto>('acme', '/subscriptions?state=circuit-open');
    expect(open.total).toBe(0);
  });
});
