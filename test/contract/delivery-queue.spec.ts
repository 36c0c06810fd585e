import { randomBytes } from 'node:crypto';
import { newId } from '@nest-integrations/common';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import { IntegrationModule } from '@nest-integrations/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  DeliveryQueue,
  type DeliverySink,
  type Taken,
} from '../../libs/core/src/queue/delivery-queue.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';

/** What is due, shared by all workers of a test: it stands for the deliveries table. */
class DueDeliveries {
  readonly due = new Set<string>();
  readonly taken: { id: string; by: string; at: number }[] = [];
  private changed: (() => void)[] = [];

  add(ids: readonly string[]): void {
    for (const id of ids) this.due.add(id);
  }

  take(id: string, by: string): void {
    if (!this.due.delete(id)) return;
    this.taken.push({ id, by, at: performance.now() });
    for (const resolve of this.changed.splice(0)) resolve();
  }

  async takenCount(count: number): Promise<void> {
    while (this.taken.length < count) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${this.taken.length} of ${count} deliveries were handed over`)),
          10_000,
        );
        this.changed.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
}

/** A worker whose room and moods the test decides. */
class ScriptedSink implements DeliverySink {
  readonly capacity = 1_000;
  free = 1_000;
  failures = 0;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly all: DueDeliveries,
    readonly name: string,
  ) {}

  room(): number {
    return this.free;
  }

  async whenRoom(): Promise<void> {
    while (this.free <= 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  makeRoom(count: number): void {
    this.free += count;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  async take(ids: readonly string[]): Promise<void> {
    await this.mood();
    for (const id of ids) this.all.take(id, this.name);
  }

  async takeDue(limit: number): Promise<Taken> {
    await this.mood();
    const ids = [...this.all.due].slice(0, limit);
    for (const id of ids) this.all.take(id, this.name);
    return { count: ids.length, mayBeMore: ids.length === limit };
  }

  private async mood(): Promise<void> {
    await Promise.resolve();
    if (this.failures > 0) {
      this.failures--;
      throw new Error('the database is away');
    }
  }
}

const secrets = { keys: [{ id: 'test', key: randomBytes(32).toString('base64') }] };
const newIds = (count: number) => Array.from({ length: count }, newId);

describe.each(['postgres', 'bull'] as const)('the delivery queue on %s', (driver) => {
  let database: FreshDatabase;
  const apps: INestApplicationContext[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
  });

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  afterAll(async () => {
    await database.drop();
  });

  /** A process's queue, not started. Queues with one name share what is announced. */
  async function open(name: string): Promise<DeliveryQueue> {
    @Module({
      imports: [
        EventEmitterModule.forRoot(),
        IntegrationModule.forRoot({
          database: { url: database.url, migrations: 'run' },
          queue:
            driver === 'bull'
              ? { driver, redis: { url: redisUrl() }, prefix: `${database.name}-${name}` }
              : { driver, pollIntervalMs: 200 },
          secrets,
          worker: { enabled: false },
        }),
      ],
    })
    class QueueHost {}
    const app = await Test.createTestingModule({ imports: [QueueHost] }).compile();
    await app.init();
    apps.push(app);
    return app.get(DeliveryQueue);
  }

  async function started(name: string, all: DueDeliveries, worker = name) {
    const queue = await open(name);
    const sink = new ScriptedSink(all, worker);
    await queue.start(sink);
    return { queue, sink };
  }

  it('hands over each of a thousand deliveries that are announced', async () => {
    const all = new DueDeliveries();
    const { queue } = await started('thousand', all);
    const ids = newIds(1_000);
    all.add(ids);
    queue.announce(ids.map((id) => ({ id, inMs: 0 })));
    await all.takenCount(1_000);
    expect(new Set(all.taken.map(({ id }) => id))).toEqual(new Set(ids));
  });

  it('hands over to the worker of another process', async () => {
    const all = new DueDeliveries();
    await started('shared', all, 'worker');
    const publisher = await open('shared');
    const [id = ''] = newIds(1);
    all.add([id]);
    publisher.announce([{ id, inMs: 0 }]);
    await all.takenCount(1);
    expect(all.taken[0]).toMatchObject({ id, by: 'worker' });
  });

  it('hands over a delivery that falls due later when it is due', async () => {
    const all = new DueDeliveries();
    const { queue } = await started('later', all);
    const [id = ''] = newIds(1);
    const announcedAt = performance.now();
    queue.announce([{ id, inMs: 400 }]);
    // The table says that it is due from then on; before, no worker gets it whatever the queue does.
    setTimeout(() => all.add([id]), 390);
    await all.takenCount(1);
    const waited = (all.taken[0]?.at ?? 0) - announcedAt;
    expect(waited).toBeGreaterThan(380);
    expect(waited).toBeLessThan(5_000);
  });

  it('waits for room, and goes on when there is some', async () => {
    const all = new DueDeliveries();
    const { queue, sink } = await started('room', all);
    sink.free = 0;
    const ids = newIds(3);
    all.add(ids);
    queue.announce(ids.map((id) => ({ id, inMs: 0 })));
    // Another announcement that is answered shows that the queue has had its chance.
    await queue.problem();
    expect(all.taken).toHaveLength(0);
    sink.makeRoom(10);
    await all.takenCount(3);
  });

  it('goes on after a worker could not take what it was handed', async () => {
    const all = new DueDeliveries();
    const { queue, sink } = await started('failure', all);
    sink.failures = 1;
    const [first = '', second = ''] = newIds(2);
    all.add([first]);
    queue.announce([{ id: first, inMs: 0 }]);
    all.add([second]);
    queue.announce([{ id: second, inMs: 0 }]);
    // What the failure left behind is due still: the sweep announces it again.
    queue.announce([{ id: first, inMs: 0 }]);
    queue.announce([{ id: second, inMs: 0 }]);
    await all.takenCount(2);
  });

  it('hands over nothing more once it has stopped', async () => {
    const all = new DueDeliveries();
    const { queue } = await started('stopped', all);
    await queue.stop();
    await queue.stop();
    const ids = newIds(5);
    all.add(ids);
    queue.announce(ids.map((id) => ({ id, inMs: 0 })));
    const { queue: other } = await started('stopped-proof', all, 'other');
    other.announce(ids.map((id) => ({ id, inMs: 0 })));
    await all.takenCount(5);
    expect(new Set(all.taken.map(({ by }) => by))).toEqual(new Set(['other']));
  });

  it('stops at once while every place is taken', async () => {
    const all = new DueDeliveries();
    const { queue, sink } = await started('full', all);
    sink.free = 0;
    const [id = ''] = newIds(1);
    all.add([id]);
    queue.announce([{ id, inMs: 0 }]);
    const stopping = performance.now();
    await queue.stop();
    // Bull waits for the jobs it has begun, within its limit of five seconds.
    expect(performance.now() - stopping).toBeLessThan(10_000);
    sink.makeRoom(10);
    expect(all.taken).toHaveLength(0);
  });

  it('says that it can be reached', async () => {
    const queue = await open('health');
    await expect.poll(() => queue.problem()).toBeNull();
  });
});
