import { Injectable } from '@nestjs/common';
import { Receiver } from '@nest-integrations/testing';
import { Client, Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../../../../../test/support/eventually.js';
import { Host } from '../../../../../test/support/host.js';
import { freshDatabase, type FreshDatabase } from '../../../../../test/support/postgres.js';
import { IntegrationEvent } from '../../events/integration-event.decorator.js';
import { ConflictError, NotFoundError } from '../../integration.error.js';
import { rejected, type DeliveryOutcome } from '../../providers/delivery-outcome.js';
import type { DeliveryContext, DeliveryProvider } from '../../providers/delivery-provider.js';
import { IntegrationProvider } from '../../providers/integration-provider.decorator.js';
import { versioned } from '../../providers/versioned.js';
import { ErasureRunner } from './erasure.runner.js';
import { ErasureService } from './erasure.service.js';

const TOLD = 'what-ann-told-us';

@Injectable()
class NoteEvents {
  @IntegrationEvent({
    hook: 'note.written',
    displayName: 'Note written',
    payload: z.object({ text: z.string() }),
  })
  written(note: { text: string }): { text: string } {
    return note;
  }
}

const quotingConfig = z.object({ isGone: z.boolean().default(false) });
type QuotingConfig = z.output<typeof quotingConfig>;

/** Says why it failed as a script or a template might: with what it was given. */
@IntegrationProvider({
  id: 'quoting',
  displayName: 'Quoting',
  config: versioned(1, quotingConfig),
})
class QuotingProvider implements DeliveryProvider<QuotingConfig> {
  deliver({ config, event }: DeliveryContext<QuotingConfig>): Promise<DeliveryOutcome> {
    const reason = `can’t say ${JSON.stringify(event.payload)}`;
    return Promise.resolve(rejected(reason, { disableSubscription: config.isGone }));
  }
}

describe('an erasure', () => {
  let database: FreshDatabase;
  let pool: Pool;
  let host: Host;
  let receiver: Receiver;

  beforeAll(async () => {
    database = await freshDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
    host = await Host.start({
      databaseUrl: database.url,
      queue: 'postgres',
      redisUrl: '',
      redisPrefix: '',
      providers: [NoteEvents, QuotingProvider],
    });
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    await receiver.stop();
  });

  afterAll(async () => {
    await host?.stop();
    await pool?.end();
    await database?.drop();
  });

  const erasures = () => host.app.get(ErasureService);

  const subscribe = (tenant: string, changes = {}) =>
    host.subscriptions.create(
      {
        name: 'Notes',
        eventTypes: ['note.written'],
        provider: 'webhook',
        config: { url: receiver.url },
        tenant,
        ...changes,
      },
      'all',
    );

  const publish = (tenant: string, text = TOLD, idempotencyKey?: string) =>
    host.publisher.publish(
      'note.written',
      { text },
      { tenant, ...(idempotencyKey ? { idempotencyKey } : {}) },
    );

  const allEnded = (eventId: string, status: string) =>
    eventually(async () => {
      const found = await host.allDeliveries({ eventId });
      return found.every((delivery) => delivery.status === status) ? found : undefined;
    });

  /** As if its first failure were that long ago. */
  const failingForADay = (subscriptionId: string) =>
    eventually(async () => {
      const { rowCount } = await pool.query(
        `UPDATE integration.integration_subscription_health
         SET failing_since = now() - interval '1 day'
         WHERE subscription_id = $1 AND failing_since IS NOT NULL`,
        [subscriptionId],
      );
      return rowCount ? true : undefined;
    });

  /** Tables in which a text is found, whatever the column. */
  async function tablesWith(text: string): Promise<string[]> {
    const { rows: tables } = await pool.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'integration'`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const { rowCount } = await pool.query(
        `SELECT 1 FROM integration.${name} t WHERE t::text LIKE $1 LIMIT 1`,
        [`%${text}%`],
      );
      if (rowCount) found.push(name);
    }
    return found;
  }

  describe('of an event’s payload', () => {
    it('leaves nothing of what it said, in no table and no process, and all of what happened', async () => {
      const { id: subscriptionId } = await subscribe('ann');
      receiver.answer(() => ({ status: 200, body: `noted: ${TOLD}` }));
      const { id } = await publish('ann', TOLD, `key-of-${TOLD}`);
      await allEnded(id, 'delivered');
      expect(await tablesWith(TOLD)).not.toEqual([]);
      expect(await erasures().eraseEventPayload(id, 'all')).toMatchObject({
        eventId: id,
        deliveries: 1,
        cancelled: 0,
      });
      expect(await tablesWith(TOLD)).toEqual([]);
      const [delivery] = await host.allDeliveries({ eventId: id });
      const { event, log } = await host.deliveries.get(delivery?.id ?? '', 'all');
      expect(event).toMatchObject({ id, type: 'note.written', payloadJson: 'null' });
      expect(event.payloadRemovedAt).toBeInstanceOf(Date);
      expect(log).toMatchObject([{ attempt: 1, outcome: 'delivered' }]);
      await expect(host.deliveries.replay(delivery?.id ?? '', 'all')).rejects.toThrow(
        ConflictError,
      );
      await expect(host.eventReplayer.replay(id, subscriptionId, 'all')).rejects.toThrow(
        ConflictError,
      );
      await host.subscriptions.remove(subscriptionId, 'all');
    });

    it('cancels what was still to be sent, and sends none of it', async () => {
      receiver.answer(() => ({ status: 503 }));
      const { id: subscriptionId } = await subscribe('ann', {
        retryPolicy: { delaysSeconds: [1, 1] },
      });
      const { id } = await publish('ann');
      await receiver.waitFor(1);
      await allEnded(id, 'retrying');
      expect(await erasures().eraseEventPayload(id, 'all')).toMatchObject({ cancelled: 1 });
      const [cancelled] = await allEnded(id, 'cancelled');
      expect(cancelled?.lastError).toMatch(/erased/i);
      const { length } = receiver.requests;
      receiver.answer(() => ({ status: 200 }));
      await publish('ann', 'something else');
      await receiver.waitFor(length + 1);
      expect(receiver.requests.slice(length).map(({ body }) => body)).not.toContainEqual(
        expect.stringContaining(TOLD),
      );
      await host.subscriptions.remove(subscriptionId, 'all');
    });

    it('leaves nothing of it in what is told of a failure that quotes it', async () => {
      const { id: watching } = await subscribe('ann', {
        eventTypes: ['integration.delivery.failed'],
      });
      const { id: quoting } = await subscribe('ann', { provider: 'quoting', config: {} });
      const { id } = await publish('ann');
      await receiver.waitFor(1);
      expect(receiver.requests[0]?.body.toString()).toContain(TOLD);
      await eventually(async () => {
        const tables = await tablesWith(TOLD);
        return tables.includes('integration_subscription_health') ? tables : undefined;
      });
      await erasures().eraseEventPayload(id, 'all');
      expect(await tablesWith(TOLD)).toEqual([]);
      const [failed] = await host.allDeliveries({ eventId: id });
      expect(failed).toMatchObject({
        status: 'failed',
        lastError: expect.stringMatching(/erased/),
      });
      for (const each of [watching, quoting]) await host.subscriptions.remove(each, 'all');
    });

    it.each([
      ['fails', 'integration.subscription.failing', false],
      ['was disabled', 'integration.subscription.disabled', true],
    ])(
      'leaves nothing of it in what is told of a subscription that %s',
      async (_, type, isGone) => {
        const { id: watching } = await subscribe('bob', { eventTypes: [type] });
        const { id: quoting } = await subscribe('bob', { provider: 'quoting', config: { isGone } });
        const before = await publish('bob');
        if (!isGone) await failingForADay(quoting);
        await receiver.waitFor(1);
        expect(receiver.requests[0]?.body.toString()).toContain(TOLD);
        await allEnded(before.id, 'failed');
        await erasures().eraseEventPayload(before.id, 'all');
        expect(await tablesWith(TOLD)).toEqual([]);
        for (const each of [watching, quoting]) await host.subscriptions.remove(each, 'all');
      },
    );

    it('is refused for an event that is not there, or another tenant’s', async () => {
      const { id } = await publish('ann', 'hers');
      await expect(erasures().eraseEventPayload(id, { tenant: 'bob' })).rejects.toThrow(
        NotFoundError,
      );
    });
  });

  describe('of a tenant', () => {
    const completed = (id: string) =>
      eventually(async () => {
        const erasure = await erasures().get(id, 'all');
        return erasure.state === 'completed' ? erasure : undefined;
      });

    it('leaves nothing of it but that it was erased, and all of the others’', async () => {
      const secret = 'tok-of-carol-0123456789';
      await subscribe('carol', {
        name: 'Carol’s notes',
        config: { url: receiver.url, auth: { type: 'bearer', token: secret } },
      });
      const { id: kept } = await subscribe('dave');
      const own = await publish('carol', TOLD, 'key-of-carol');
      const others = await publish('dave', 'of dave');
      await allEnded(own.id, 'delivered');
      await allEnded(others.id, 'delivered');
      const { id } = await erasures().eraseTenant('carol', 'all');
      const { removed } = await completed(id);
      expect(removed).toMatchObject({ subscriptions: 1, events: 1, deliveries: 1, attempts: 1 });
      for (const text of [TOLD, 'Carol’s notes', 'key-of-carol', own.id]) {
        expect(await tablesWith(text), text).toEqual([]);
      }
      const left = await tablesWith('carol');
      expect(new Set(left)).toEqual(
        new Set([
          'integration_erasures',
          'integration_audit_log',
          'integration_subscription_changes',
        ]),
      );
      expect(await host.allDeliveries({ eventId: others.id })).toHaveLength(1);
      expect(await host.subscriptions.get(kept, 'all')).toMatchObject({ tenant: 'dave' });
      await host.subscriptions.remove(kept, 'all');
    });

    it('takes what commits late, in a transaction that was open when it was asked for', async () => {
      const { id: subscriptionId } = await subscribe('erin');
      const late = new Client({ connectionString: database.url });
      await late.connect();
      try {
        await late.query('BEGIN');
        await late.query(
          `INSERT INTO integration.integration_events (id, tenant, type, payload, occurred_at)
           VALUES (gen_random_uuid(), 'erin', 'note.written', '{"text":"late"}', now())`,
        );
        const { id } = await erasures().eraseTenant('erin', 'all');
        await eventually(async () => {
          const { rows } = await pool.query(
            'SELECT 1 FROM integration.integration_subscriptions WHERE id = $1',
            [subscriptionId],
          );
          return rows.length === 0 ? true : undefined;
        });
        expect(await erasures().get(id, 'all')).toMatchObject({ state: 'running' });
        await late.query('COMMIT');
        expect((await completed(id)).removed.events).toBe(1);
      } finally {
        await late.end();
      }
    });

    it('goes on where the process that did it has died', async () => {
      const { id: eventId } = await publish('frank');
      // Asked for by a process that died before it began.
      await pool.query(
        `INSERT INTO integration.integration_erasures (id, tenant)
         VALUES ('01900000-0000-7000-8000-00000000aaaa', 'frank')`,
      );
      await host.app.get(ErasureRunner).run();
      await completed('01900000-0000-7000-8000-00000000aaaa');
      expect(await tablesWith(eventId)).toEqual([]);
    });

    it('is one at a time: asked for twice it is the same one; of an unknown tenant it is refused', async () => {
      await publish('gina');
      const blocker = new Client({ connectionString: database.url });
      await blocker.connect();
      try {
        await blocker.query('BEGIN');
        await blocker.query(
          `SELECT FROM integration.integration_events WHERE tenant = 'gina' FOR UPDATE`,
        );
        const first = await erasures().eraseTenant('gina', 'all');
        const second = await erasures().eraseTenant('gina', 'all');
        expect(second.id).toBe(first.id);
        await blocker.query('ROLLBACK');
        await completed(first.id);
      } finally {
        await blocker.end();
      }
      await expect(erasures().eraseTenant('nobody', 'all')).rejects.toThrow(NotFoundError);
      await expect(erasures().eraseTenant('dave', { tenant: 'gina' })).rejects.toThrow(
        NotFoundError,
      );
    });
  });
});
