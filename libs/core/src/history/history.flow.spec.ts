import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Client, Pool } from 'pg';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from 'vitest';
import { z } from 'zod';
import { Receiver } from '@nest-integrations/testing';
import { Host } from '../../../../test/support/host.js';
import { DAY_MS, idAt, insertPast, type PastSettings } from '../../../../test/support/past.js';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/postgres.js';
import { IntegrationEvent } from '../events/integration-event.decorator.js';
import { ConflictError } from '../integration.error.js';
import { resolveOptions, type IntegrationOptions } from '../integration-options.js';
import { ensurePartitions } from '../persistence/partition.keeper.js';
import { weeklyPartitions } from '../persistence/partitions.js';
import { HistoryConnection } from './history.connection.js';
import { HistoryRetention, type RemovedHistory } from './history.retention.js';

const incident = z.object({ title: z.string() });

@Injectable()
class IncidentEvents {
  @IntegrationEvent({ hook: 'incident.created', displayName: 'Created', payload: incident })
  created(emitted: z.output<typeof incident>) {
    return emitted;
  }
}

const TABLES = ['integration_events', 'deliveries', 'delivery_logs'];
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);
const suffixOf = (time: Date) => weeklyPartitions(time, 0)[0]?.suffix ?? '';

describe('history', () => {
  let database: FreshDatabase;
  let pool: Pool;
  let host: Host;
  let receiver: Receiver;
  let subscriptionId: string;

  const startHost = (history?: IntegrationOptions['history']) =>
    Host.start({
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: '',
      redisPrefix: '',
      providers: [IncidentEvents],
      ...(history ? { history } : {}),
    });

  beforeAll(async () => {
    database = await freshDatabase();
    const options = '-c lock_timeout=10s';
    pool = new Pool({ connectionString: database.url, max: 4, options });
    host = await startHost();
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
    subscriptionId = (await host.subscribe(receiver.url)).id;
  });

  afterEach(async () => {
    await host.subscriptions.remove(subscriptionId, 'all');
    await receiver.stop();
    await pool.query(`TRUNCATE ${TABLES.map((table) => `integration.${table}`).join(', ')},
      integration.integration_history_passes, integration.integration_idempotency_keys`);
  });

  afterAll(async () => {
    await host?.stop();
    await pool?.end();
    await database?.drop();
  });

  /** Retention with other options than the host's. */
  function retention(history: IntegrationOptions['history'] = {}): HistoryRetention {
    const key = randomBytes(32).toString('base64');
    const options = resolveOptions({
      database: { url: database.url },
      secrets: { keys: [{ id: 'k', key }] },
      history,
    });
    return new HistoryRetention(options, new HistoryConnection(options));
  }

  async function run(history: IntegrationOptions['history'] = {}): Promise<RemovedHistory> {
    const removed = await retention(history).run();
    if (!removed) throw new Error('another process was at it');
    return removed;
  }

  const past = (settings: Omit<PastSettings, 'subscriptionId'>) =>
    insertPast(pool, { subscriptionId, ...settings });

  const publish = (title = 'now', idempotencyKey?: string) =>
    host.publisher.publish('incident.created', { title }, idempotencyKey ? { idempotencyKey } : {});

  async function partitions(): Promise<string[]> {
    const { rows } = await pool.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
       WHERE inhparent IN (SELECT unnest($1::regclass[]))`,
      [TABLES.map((table) => `integration.${table}`)],
    );
    return rows.map(({ name }) => name);
  }

  async function count(table: string, ids: readonly string[]): Promise<number> {
    const column = table === 'delivery_logs' ? 'delivery_id' : 'id';
    const { rows } = await pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM integration.${table} WHERE ${column} = ANY($1)`,
      [ids],
    );
    return rows[0]?.n ?? 0;
  }

  /** A transaction that has read and does not end until told to, or until the test does. */
  async function startReading(table: string): Promise<() => Promise<void>> {
    const reader = new Client({ connectionString: database.url });
    await reader.connect();
    await reader.query('BEGIN');
    await reader.query(`SELECT count(*) FROM ${table}`);
    let isOpen = true;
    const end = async () => {
      if (isOpen) await reader.end();
      isOpen = false;
    };
    onTestFinished(end);
    return end;
  }

  describe('retention', () => {
    it('drops whole weeks that are over, and nothing younger', async () => {
      await ensurePartitions(pool, 'integration', daysAgo(120));
      const old = await past({ at: daysAgo(120) });
      const failed = await past({ at: daysAgo(113), state: 'failed' });
      const young = await past({ at: daysAgo(80) });
      const removed = await run();
      const gone = [120, 113, 106].flatMap((days) =>
        TABLES.map((table) => `${table}_w${suffixOf(daysAgo(days))}`),
      );
      expect(removed.partitions.toSorted()).toEqual(gone.toSorted());
      expect(removed).toMatchObject({ deliveries: 0, events: 0, postponed: [] });
      expect((await partitions()).filter((name) => gone.includes(name))).toEqual([]);
      expect(await count('deliveries', [old.deliveryId, failed.deliveryId])).toBe(0);
      expect(await count('deliveries', [young.deliveryId])).toBe(1);
      expect(await count('integration_events', [young.eventId])).toBe(1);
    });

    it('keeps a week in which a delivery is still to be made, less what is final in it', async () => {
      await ensurePartitions(pool, 'integration', daysAgo(120));
      const waiting = await past({ at: daysAgo(120), state: 'retrying' });
      const final = await past({ at: daysAgo(120) });
      const suffix = suffixOf(daysAgo(120));
      const removed = await run();
      expect(removed).toMatchObject({ deliveries: 1, events: 1 });
      expect(await partitions()).toContain(`deliveries_w${suffix}`);
      for (const table of ['deliveries', 'delivery_logs']) {
        expect(await count(table, [final.deliveryId])).toBe(0);
        expect(await count(table, [waiting.deliveryId])).toBe(1);
      }
      expect(await count('integration_events', [final.eventId, waiting.eventId])).toBe(1);

      await pool.query(`UPDATE integration.deliveries SET state = 'failed', due_at = NULL`);
      expect((await run()).partitions).toEqual(
        expect.arrayContaining(TABLES.map((table) => `${table}_w${suffix}`)),
      );
    });

    it('keeps the event of a younger delivery for as long as that is still to be made', async () => {
      await ensurePartitions(pool, 'integration', daysAgo(120));
      const late = await past({ at: daysAgo(120), deliveryAt: daysAgo(10), state: 'pending' });
      await run();
      expect(await count('integration_events', [late.eventId])).toBe(1);
      await pool.query(`UPDATE integration.deliveries SET state = 'delivered', due_at = NULL`);
      await run();
      expect(await count('integration_events', [late.eventId])).toBe(0);
      expect(await count('deliveries', [late.deliveryId])).toBe(1);
    });

    it('removes what is old in the default partitions', async () => {
      const old = await past({ at: daysAgo(700) });
      const young = await past({ at: daysAgo(60) });
      expect(await run()).toMatchObject({ deliveries: 1, events: 1, partitions: [] });
      for (const table of ['deliveries', 'delivery_logs']) {
        expect(await count(table, [old.deliveryId])).toBe(0);
        expect(await count(table, [young.deliveryId])).toBe(1);
      }
    });

    it('gives way to those who use a table, and lets nobody queue behind it', async () => {
      await ensurePartitions(pool, 'integration', daysAgo(120));
      await past({ at: daysAgo(120) });
      const endReading = await startReading('integration.deliveries');
      let slowest = 0;
      let isRunning = true;
      const running = run().finally(() => (isRunning = false));
      let published = 0;
      while (isRunning) {
        const startedAt = performance.now();
        await publish();
        published++;
        slowest = Math.max(slowest, performance.now() - startedAt);
      }
      const removed = await running;
      expect(removed.partitions).toEqual([]);
      expect(removed.postponed).toContain(`deliveries_w${suffixOf(daysAgo(120))}`);
      await receiver.waitFor(() => receiver.ids().size === published);
      expect(slowest).toBeLessThan(5_000);
      await endReading();
      expect((await run()).partitions).toContain(`deliveries_w${suffixOf(daysAgo(120))}`);
    });

    it('runs in one process at a time', async () => {
      const other = new Client({ connectionString: database.url });
      await other.connect();
      await other.query(`SELECT pg_advisory_lock(7101960, hashtext('integration'))`);
      expect(await retention().run()).toBeNull();
      await other.end();
      // Postgres ends the other's session a moment later than its client.
      await expect.poll(() => retention().run()).not.toBeNull();
    });

    it('forgets idempotency keys after their own time', async () => {
      const first = await publish('once', 'key-1');
      const kept = await publish('once', 'key-2');
      await pool.query(
        `UPDATE integration.integration_idempotency_keys SET created_at = now() - interval '8 days'
         WHERE key = 'key-1'`,
      );
      expect(await run()).toMatchObject({ idempotencyKeys: 1 });
      expect((await publish('again', 'key-1')).id).not.toBe(first.id);
      expect(await publish('again', 'key-2')).toMatchObject({ id: kept.id, duplicate: true });
    });

    it('removes audit entries after a longer time of their own, and lets nobody else', async () => {
      const insert = (at: Date) =>
        pool.query(
          `INSERT INTO integration.integration_audit_log
             (id, at, tenant, operation, subject_type, subject_id) VALUES ($1, $2, '', 'x', 'old', '1')`,
          [idAt(at), at],
        );
      await insert(daysAgo(364));
      await insert(daysAgo(366));
      expect(await run()).toMatchObject({ auditEntries: 1 });
      for (const statement of ['DELETE FROM', 'TRUNCATE']) {
        await expect(pool.query(`${statement} integration.integration_audit_log`)).rejects.toThrow(
          'append-only',
        );
      }
      await expect(
        pool.query(`UPDATE integration.integration_audit_log SET actor = 'nobody'`),
      ).rejects.toThrow('append-only');
    });
  });

  describe('payloads and bodies with shorter lives', () => {
    it('go, and leave what happened', async () => {
      const old = await past({ at: daysAgo(40) });
      const young = await past({ at: daysAgo(20) });
      const removed = await run({ keepPayloadDays: 30, keepBodiesDays: 30 });
      expect(removed).toMatchObject({ payloads: 1, bodies: 1, deliveries: 0 });
      const details = await host.deliveries.get(old.deliveryId, 'all');
      expect(details.event).toMatchObject({ payloadJson: 'null' });
      expect(details.event.payloadRemovedAt).toBeInstanceOf(Date);
      expect(details.log).toMatchObject([
        { request: { method: 'POST', body: null }, response: { status: 200, body: '' } },
      ]);
      const kept = await host.deliveries.get(young.deliveryId, 'all');
      expect(kept.event.payloadJson).toBe('{"title":"long ago"}');
      expect(kept.log[0]?.response?.body).toBe('thanks');
    });

    it('stay while a delivery is still to be made, and go with a later pass', async () => {
      const waiting = await past({ at: daysAgo(40), state: 'retrying' });
      expect(await run({ keepPayloadDays: 30 })).toMatchObject({ payloads: 0 });
      await pool.query(`UPDATE integration.deliveries SET state = 'delivered', due_at = NULL`);
      expect(await run({ keepPayloadDays: 30 })).toMatchObject({ payloads: 0 });
      const tomorrow = new Date(Date.now() + 1.1 * DAY_MS);
      const next = await retention({ keepPayloadDays: 30 }).run(tomorrow);
      expect(next).toMatchObject({ payloads: 1 });
      expect(await count('integration_events', [waiting.eventId])).toBe(1);
    });

    it('are removed from where a run was stopped', async () => {
      const events = [];
      for (let i = 0; i < 3; i++) events.push(await past({ at: daysAgo(40 - i) }));
      await pool.query(
        `INSERT INTO integration.integration_history_passes (task, cursor) VALUES ('payloads', $1)`,
        [events[0]?.eventId],
      );
      expect(await run({ keepPayloadDays: 30 })).toMatchObject({ payloads: 2 });
      const { rows } = await pool.query(
        `SELECT cursor FROM integration.integration_history_passes WHERE task = 'payloads'`,
      );
      expect(rows).toEqual([{ cursor: null }]);
    });

    it('can’t be replayed: a clear refusal, not a broken send', async () => {
      const { deliveryId } = await past({ at: daysAgo(40) });
      await run({ keepPayloadDays: 30 });
      const replay = host.deliveries.replay(deliveryId, 'all');
      await expect(replay).rejects.toBeInstanceOf(ConflictError);
      await expect(replay).rejects.toThrow('payload was removed on');
      expect(receiver.requests).toEqual([]);
    });

    it('end a delivery that waited for an event without its payload, saying so', async () => {
      const { deliveryId, eventId } = await past({ at: daysAgo(40), state: 'retrying' });
      await pool.query(`UPDATE integration.integration_events SET payload = NULL WHERE id = $1`, [
        eventId,
      ]);
      await pool.query(`UPDATE integration.deliveries SET due_at = now()`);
      const ended = await host.deliveryWhen(deliveryId, ({ status }) => status === 'cancelled');
      expect(ended.lastError).toContain('its history was removed');
      expect(receiver.requests).toEqual([]);
    });
  });

  describe('partitions', () => {
    it('are not needed to accept: an app that was off for months, or whose clock jumped', async () => {
      const suffix = suffixOf(new Date());
      for (const table of TABLES) {
        await pool.query(`DROP TABLE IF EXISTS integration.${table}_w${suffix}`);
      }
      const { id } = await publish('no partition');
      await receiver.waitFor(1);
      // Its week stays in the default partition: the next start and the next upkeep live with that.
      const second = await startHost();
      await second.stop();
      await ensurePartitions(pool, 'integration', new Date());
      expect(await partitions()).not.toContain(`integration_events_w${suffix}`);
      expect(await count('integration_events_default', [id])).toBe(1);
      await publish('and on');
      await receiver.waitFor(2);
    });

    it('are made again once their week is empty, ahead of what comes', async () => {
      await ensurePartitions(pool, 'integration', new Date());
      const names = await partitions();
      for (const { suffix } of weeklyPartitions(new Date(), 2)) {
        for (const table of TABLES) expect(names).toContain(`${table}_w${suffix}`);
      }
    });

    it('are made beside those who read and write', async () => {
      const endReading = await startReading('ONLY integration.deliveries');
      await ensurePartitions(pool, 'integration', new Date(Date.now() + 60 * DAY_MS));
      await endReading();
      expect(await partitions()).toContain(
        `deliveries_w${suffixOf(new Date(Date.now() + 60 * DAY_MS))}`,
      );
    });
  });

  it('refuses options that contradict one another', () => {
    expect(() => retention({ keepDays: 30, keepBodiesDays: 31 })).toThrow(
      'options.history.keepBodiesDays: must be at most keepDays (30)',
    );
    expect(() => retention({ keepDays: 0 })).toThrow('options.history.keepDays');
    expect(() => retention({ keepIdempotencyKeysDays: 366 })).toThrow(
      'options.history.keepIdempotencyKeysDays',
    );
  });
});
