import { IntegrationEvent, InvalidInputError, InvalidPayloadError } from '@nest-integrations/core';
import { moveTime, Receiver } from '@nest-integrations/testing';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Host, type QueueName } from '../support/host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/run-redis.js';

const order = z.object({ id: z.string().min(1) });
const webhook = z.object({ data: order });

@Injectable()
class OrderEvents {
  @IntegrationEvent({ hook: 'order.paid', displayName: 'Order paid', payload: order })
  paid(paid: z.output<typeof order>) {
    return paid;
  }
}

/** Far beyond a test: what is delivered was woken for, not found by looking around. */
const NEVER_MS = 60_000;
/** A wake-up takes milliseconds; the machine may be busy. */
const SOON_MS = 10_000;

/** A transaction that stays open until it is told how to end. */
class OpenTransaction {
  private constructor(
    readonly manager: EntityManager,
    private readonly runner: ReturnType<DataSource['createQueryRunner']>,
  ) {}

  static async begin(
    callers: DataSource,
    isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE',
  ): Promise<OpenTransaction> {
    const runner = callers.createQueryRunner();
    await runner.startTransaction(isolation);
    return new OpenTransaction(runner.manager, runner);
  }

  async commit(): Promise<void> {
    await this.runner.commitTransaction();
    await this.runner.release();
  }

  async rollback(): Promise<void> {
    await this.runner.rollbackTransaction();
    await this.runner.release();
  }
}

describe.each<QueueName>(['postgres', 'bull'])(
  'publishing in a transaction, on the %s queue',
  (queue) => {
    let database: FreshDatabase;
    let callers: DataSource;
    let host: Host;
    let receiver: Receiver;
    let subscriptionId: string;

    const startHost = (worker: { enabled?: boolean; sweepIntervalMs?: number } = {}) =>
      Host.start({
        databaseUrl: database.url,
        queue,
        redisUrl: redisUrl(),
        redisPrefix: database.name,
        providers: [OrderEvents],
        pollIntervalMs: NEVER_MS,
        worker: { sweepIntervalMs: NEVER_MS, ...worker },
      });

    const publish = (id: string, manager?: EntityManager, idempotencyKey?: string) =>
      host.publisher.publish(
        'order.paid',
        { id },
        { ...(manager ? { manager } : {}), ...(idempotencyKey ? { idempotencyKey } : {}) },
      );

    /** The ids of the orders whose deliveries are stored, of this test's subscription. */
    const orderIds = () =>
      callers
        .query<{ id: string }[]>(
          `SELECT e.payload->>'id' AS id FROM integration.deliveries d
       JOIN integration.integration_events e ON e.id = d.event_id
       WHERE d.subscription_id = $1 ORDER BY e.payload->>'id'`,
          [subscriptionId],
        )
        .then((rows) => rows.map(({ id }) => id));

    const received = () =>
      receiver.requests.map(({ body }) => webhook.parse(JSON.parse(body.toString())).data.id);

    /** Resolves once a statement of some connection waits for a lock. */
    const someoneWaits = async () => {
      const giveUpAt = performance.now() + 5_000;
      for (;;) {
        const waiting = await callers.query<unknown[]>(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        if (waiting.length > 0) return;
        if (performance.now() > giveUpAt) throw new Error('nobody waits for a lock');
      }
    };

    beforeAll(async () => {
      database = await freshDatabase();
      host = await startHost();
      callers = await new DataSource({ type: 'postgres', url: database.url }).initialize();
      await callers.query('CREATE TABLE orders (id text PRIMARY KEY)');
    });

    beforeEach(async () => {
      receiver = await Receiver.start();
      subscriptionId = (await host.subscribe(receiver.url)).id;
    });

    afterEach(async () => {
      await host.subscriptions.remove(subscriptionId, 'all');
      await receiver.stop();
      await callers.query('DELETE FROM orders');
    });

    afterAll(async () => {
      await callers.destroy();
      await host.stop();
      await database.drop();
    });

    describe('the event and the caller’s own work', () => {
      it('commit together', async () => {
        const accepted = await callers.transaction(async (manager) => {
          await manager.query(`INSERT INTO orders VALUES ('a')`);
          return publish('a', manager);
        });
        await receiver.waitFor(1);
        expect([...receiver.ids()]).toEqual([accepted.id]);
        expect(accepted).toMatchObject({ type: 'order.paid', deliveries: 1, duplicate: false });
        expect(await callers.query('SELECT id FROM orders')).toEqual([{ id: 'a' }]);
      });

      it('are rolled back together', async () => {
        const rolledBack = callers.transaction(async (manager) => {
          await manager.query(`INSERT INTO orders VALUES ('a')`);
          await publish('a', manager);
          throw new Error('the caller thought better of it');
        });
        await expect(rolledBack).rejects.toThrow('the caller thought better of it');
        expect(await orderIds()).toEqual([]);
        expect(await callers.query('SELECT id FROM orders')).toEqual([]);
      });

      it('are rolled back to a savepoint together: the inner transaction’s events only', async () => {
        await callers.transaction(async (manager) => {
          await publish('before', manager);
          const inner = manager.transaction(async (nested) => {
            await publish('inner', nested);
            throw new Error('not this part');
          });
          await expect(inner).rejects.toThrow('not this part');
          await manager.transaction((nested) => publish('kept inner', nested));
          await publish('after', manager);
        });
        await receiver.waitFor(3);
        expect(received().toSorted()).toEqual(['after', 'before', 'kept inner']);
        expect(await orderIds()).toEqual(['after', 'before', 'kept inner']);
      });

      it('are all rolled back with the outer transaction, the inner ones that ended well too', async () => {
        const rolledBack = callers.transaction(async (manager) => {
          await publish('outer', manager);
          await manager.transaction((nested) => publish('inner', nested));
          throw new Error('none of it');
        });
        await expect(rolledBack).rejects.toThrow('none of it');
        expect(await orderIds()).toEqual([]);
      });

      it('commit together when there are many events, published at once', async () => {
        const ids = Array.from({ length: 50 }, (_, n) => `many-${n}`);
        await callers.transaction((manager) => Promise.all(ids.map((id) => publish(id, manager))));
        await receiver.waitFor(ids.length);
        expect(received().toSorted()).toEqual(ids.toSorted());
      });

      it.each(['REPEATABLE READ', 'SERIALIZABLE'] as const)(
        'commit together in a %s one',
        async (isolation) => {
          const open = await OpenTransaction.begin(callers, isolation);
          await open.manager.query('SELECT count(*) FROM orders');
          // Newer than the snapshot of the transaction, older than the publish: it wants the event.
          const other = await host.subscribe(receiver.url);
          await publish('a', open.manager);
          await open.commit();
          await receiver.waitFor(2);
          await host.subscriptions.remove(other.id, 'all');
          expect(received()).toEqual(['a', 'a']);
        },
      );

      it('are counted as accepted at the commit, not before, and never after a rollback', async () => {
        const accepted = async () => (await host.health.check()).counters.acceptedWithin;
        const before = await accepted();
        const rolledBack = await OpenTransaction.begin(callers);
        await publish('rolled back', rolledBack.manager);
        await rolledBack.rollback();
        const committed = await OpenTransaction.begin(callers);
        await publish('a', committed.manager);
        await publish('b', committed.manager);
        expect(await accepted()).toBe(before);
        await committed.commit();
        await receiver.waitFor(2);
        expect(await accepted()).toBe(before + 2);
      });
    });

    describe('a transaction that takes its time', () => {
      it('is delivered soon after its commit, and not before', async () => {
        const open = await OpenTransaction.begin(callers);
        await publish('slow', open.manager);
        // Published later, delivered meanwhile: the line is alive, and what is not committed not in it.
        await publish('quick');
        await receiver.waitFor(1);
        expect(received()).toEqual(['quick']);
        const committedAt = performance.now();
        await open.commit();
        await receiver.waitFor(2);
        const wokenAfterMs = (receiver.requests[1]?.at ?? Infinity) - committedAt;
        expect(wokenAfterMs).toBeLessThan(SOON_MS);
      });

      it('is delivered by another process, as soon, where its own has no worker', async () => {
        const publisherOnly = await startHost({ enabled: false });
        const open = await OpenTransaction.begin(callers);
        await publisherOnly.publisher.publish('order.paid', { id: 'a' }, { manager: open.manager });
        const committedAt = performance.now();
        await open.commit();
        await receiver.waitFor(1);
        expect((receiver.requests[0]?.at ?? Infinity) - committedAt).toBeLessThan(SOON_MS);
        await publisherOnly.stop();
      });

      it('keeps neither other deliveries waiting, nor the sweep, nor a change of a subscription', async () => {
        const open = await OpenTransaction.begin(callers);
        await publish('open', open.manager);
        receiver.answer((_request, index) => ({ status: index === 0 ? 500 : 200 }));
        await host.subscriptions.update(
          subscriptionId,
          { retryPolicy: { delaysSeconds: [3_600] } },
          'all',
        );
        await publish('retried');
        await receiver.waitFor(1);
        // Its worker goes before the hour is over; another's sweep finds it.
        const sweeper = await startHost({ sweepIntervalMs: 100 });
        await expect
          .poll(() =>
            callers.query(`SELECT 1 FROM integration.deliveries WHERE state = 'retrying'`),
          )
          .toHaveLength(1);
        await moveTime({ databaseUrl: database.url, byMs: 7_200_000 });
        await receiver.waitFor(2);
        expect(received()).toEqual(['retried', 'retried']);
        await open.commit();
        await receiver.waitFor(3);
        await sweeper.stop();
      });

      it('is found by a sweep when its process is gone at the commit', async () => {
        const doomed = await startHost({ enabled: false });
        const open = await OpenTransaction.begin(callers);
        await doomed.publisher.publish('order.paid', { id: 'orphan' }, { manager: open.manager });
        // Nobody hears of the commit as its own, as when the process is killed between commit and notice.
        await doomed.stop();
        await open.commit();
        const sweeper = await startHost({ sweepIntervalMs: 100 });
        await receiver.waitFor(1);
        expect(received()).toEqual(['orphan']);
        await sweeper.stop();
      });
    });

    describe('a subscription that changes meanwhile', () => {
      it('gets no event that was published before it was made', async () => {
        const open = await OpenTransaction.begin(callers);
        expect((await publish('a', open.manager)).deliveries).toBe(1);
        const late = await host.subscribe(receiver.url);
        expect((await publish('b', open.manager)).deliveries).toBe(2);
        await open.commit();
        await receiver.waitFor(3);
        await host.subscriptions.remove(late.id, 'all');
        expect(received().toSorted()).toEqual(['a', 'b', 'b']);
      });

      it('gets nothing any more once it is disabled, though the event was published before', async () => {
        const open = await OpenTransaction.begin(callers);
        const { id: eventId } = await publish('a', open.manager);
        await host.subscriptions.setEnabled(subscriptionId, { enabled: false }, 'all');
        await open.commit();
        await expect
          .poll(async () => (await host.allDeliveries({ eventId })).map(({ status }) => status))
          .toEqual(['cancelled']);
        expect(receiver.requests).toHaveLength(0);
      });
    });

    describe('an idempotency key', () => {
      it('gives the second publish in one transaction the first’s event', async () => {
        const [first, second] = await callers.transaction(async (manager) => [
          await publish('a', manager, 'k-one'),
          await publish('a', manager, 'k-one'),
        ]);
        expect(second).toMatchObject({ id: first?.id, duplicate: true, deliveries: 0 });
        await receiver.waitFor(1);
        expect(await orderIds()).toEqual(['a']);
      });

      it('makes a second transaction wait, and gives it the first’s event when that commits', async () => {
        const first = await OpenTransaction.begin(callers);
        const second = await OpenTransaction.begin(callers);
        const won = await publish('first', first.manager, 'k-commit');
        const waiting = publish('second', second.manager, 'k-commit');
        await someoneWaits();
        await first.commit();
        expect(await waiting).toMatchObject({ id: won.id, duplicate: true });
        await second.commit();
        await receiver.waitFor(1);
        expect(await orderIds()).toEqual(['first']);
      });

      it('goes to the second transaction when the first rolls back', async () => {
        const first = await OpenTransaction.begin(callers);
        const second = await OpenTransaction.begin(callers);
        await publish('first', first.manager, 'k-rollback');
        const waiting = publish('second', second.manager, 'k-rollback');
        await someoneWaits();
        await first.rollback();
        expect(await waiting).toMatchObject({ duplicate: false });
        await second.commit();
        await receiver.waitFor(1);
        expect(await orderIds()).toEqual(['second']);
      });

      it('is free again after the savepoint that took it was rolled back', async () => {
        await callers.transaction(async (manager) => {
          const inner = manager.transaction(async (nested) => {
            await publish('inner', nested, 'k-savepoint');
            throw new Error('not this');
          });
          await expect(inner).rejects.toThrow('not this');
          expect(await publish('outer', manager, 'k-savepoint')).toMatchObject({
            duplicate: false,
          });
        });
        await receiver.waitFor(1);
        expect(received()).toEqual(['outer']);
      });

      it('that an open transaction holds keeps nobody waiting but those who publish with it', async () => {
        const open = await OpenTransaction.begin(callers);
        const held = await publish('held', open.manager, 'k-held');
        const waiting = [publish('w1', undefined, 'k-held'), publish('w2', undefined, 'k-held')];
        const others = await Promise.all([
          publish('other-0'),
          ...Array.from({ length: 20 }, (_, n) =>
            publish(`other-${n + 1}`, undefined, `k-other-${n}`),
          ),
        ]);
        expect(others.filter(({ duplicate }) => duplicate)).toEqual([]);
        await receiver.waitFor(others.length);
        await open.commit();
        for (const { id, duplicate } of await Promise.all(waiting)) {
          expect({ id, duplicate }).toEqual({ id: held.id, duplicate: true });
        }
        await receiver.waitFor(others.length + 1);
      });

      it('that was taken after the snapshot of a serializable transaction tells it to run again', async () => {
        const open = await OpenTransaction.begin(callers, 'SERIALIZABLE');
        await open.manager.query('SELECT count(*) FROM orders');
        await publish('other', undefined, 'k-serializable');
        await expect(publish('a', open.manager, 'k-serializable')).rejects.toMatchObject({
          code: 'ACCEPT_FAILED',
          message: expect.stringMatching(/could not serialize .*run the transaction again/),
        });
        await open.rollback();
        await receiver.waitFor(1);
        expect(await orderIds()).toEqual(['other']);
      });
    });

    describe('an error inside', () => {
      it('of the payload leaves the transaction as it was', async () => {
        await callers.transaction(async (manager) => {
          await manager.query(`INSERT INTO orders VALUES ('a')`);
          await expect(publish('', manager)).rejects.toBeInstanceOf(InvalidPayloadError);
        });
        expect(await callers.query('SELECT id FROM orders')).toEqual([{ id: 'a' }]);
      });

      it('of the database says why, and the transaction can’t commit without the event', async () => {
        await callers.query('CREATE ROLE stranger');
        const open = await OpenTransaction.begin(callers);
        await open.manager.query(`INSERT INTO orders VALUES ('a')`);
        await open.manager.query('SET LOCAL ROLE stranger');
        await expect(publish('a', open.manager)).rejects.toMatchObject({
          code: 'ACCEPT_FAILED',
          message: expect.stringMatching(/permission denied .*grant the role/),
        });
        await expect(publish('b', open.manager)).rejects.toThrow(
          /transaction is aborted.*had failed before; roll it back/,
        );
        await open.commit(); // Swallowed: Postgres makes a rollback of it.
        expect(await callers.query('SELECT id FROM orders')).toEqual([]);
        await callers.query('DROP ROLE stranger');
      });

      it('that Postgres did not see fails the transaction as well', async () => {
        const open = await OpenTransaction.begin(callers);
        await open.manager.query(`INSERT INTO orders VALUES ('a')`);
        // Matching reads through the engine’s own connections, and these are closed.
        const stopped = await startHost({ enabled: false });
        await stopped.stop();
        await expect(
          stopped.publisher.publish('order.paid', { id: 'a' }, { manager: open.manager }),
        ).rejects.toMatchObject({ code: 'ACCEPT_FAILED' });
        await expect(open.manager.query('SELECT 1')).rejects.toThrow(/transaction is aborted/);
        await open.rollback();
        expect(await orderIds()).toEqual([]);
      });

      it('in a nested transaction costs its savepoint only', async () => {
        await callers.query('CREATE ROLE stranger');
        await callers.transaction(async (manager) => {
          await publish('outer', manager);
          const inner = manager.transaction(async (nested) => {
            await nested.query('SET LOCAL ROLE stranger');
            await publish('inner', nested);
          });
          await expect(inner).rejects.toThrow(/permission denied/);
        });
        await receiver.waitFor(1);
        expect(received()).toEqual(['outer']);
        await callers.query('DROP ROLE stranger');
      });
    });

    describe('refuses a manager', () => {
      const refusal = async (publishing: Promise<unknown>) => {
        const error: unknown = await publishing.then(
          () => null,
          (thrown: unknown) => thrown,
        );
        if (!(error instanceof InvalidInputError)) throw new Error(`is ${String(error)}`);
        expect(error.problems.map(({ field }) => field)).toEqual(['manager']);
        expect(await orderIds()).toEqual([]);
        return error.message;
      };

      it('that is in no transaction', async () => {
        expect(await refusal(publish('a', callers.manager))).toMatch(
          /is not in a transaction: give the EntityManager that dataSource\.transaction/,
        );
        const runner = callers.createQueryRunner();
        expect(await refusal(publish('a', runner.manager))).toMatch(/is not in a transaction/);
        await runner.release();
      });

      it('whose transaction has ended', async () => {
        const ended = await callers.transaction((manager) => Promise.resolve(manager));
        expect(await refusal(publish('a', ended))).toMatch(
          /has ended: publish, and await it, before/,
        );
      });

      it('of another database, though that holds the same tables', async () => {
        const elsewhere = await freshDatabase();
        const twin = await Host.start({
          databaseUrl: elsewhere.url,
          queue: 'postgres',
          redisUrl: redisUrl(),
          redisPrefix: elsewhere.name,
          providers: [OrderEvents],
        });
        const strangers = await new DataSource({
          type: 'postgres',
          url: elsewhere.url,
        }).initialize();
        await strangers.transaction(async (manager) => {
          const message = await refusal(publish('a', manager));
          expect(message).toContain(`another database ('${elsewhere.name}')`);
          expect(message).toContain(`kept in '${database.name}'`);
          expect(await manager.query('SELECT 1 AS fine')).toEqual([{ fine: 1 }]);
        });
        await strangers.destroy();
        await twin.stop();
        await elsewhere.drop();
      });
    });
  },
);
