import { get as httpGet, type IncomingMessage } from 'node:http';
import { Injectable, type INestApplication } from '@nestjs/common';
import { IntegrationEvent, IntegrationPublisher } from '@nest-integrations/core';
import { Receiver } from '@nest-integrations/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADMIN_BASE, adminCalls, startAdminHost } from '../support/admin-host.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { until } from '../support/until.js';

@Injectable()
class Events {
  @IntegrationEvent({ hook: 'ping', displayName: 'Ping', payload: z.object({ n: z.number() }) })
  ping(payload: { n: number }): { n: number } {
    return payload;
  }
}

interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** What a browser's EventSource would have. */
class Listening {
  readonly messages: Message[] = [];
  lastId = '';
  isOver = false;

  private constructor(private readonly response: IncomingMessage) {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    });
    response.on('close', () => (this.isOver = true));
  }

  static open(url: string, headers: Record<string, string>): Promise<Listening> {
    return new Promise((resolve, reject) => {
      httpGet(url, { headers }, (response) => resolve(new Listening(response))).on('error', reject);
    });
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  header(name: string): unknown {
    return this.response.headers[name];
  }

  of(event: string): Message[] {
    return this.messages.filter((message) => message.event === event);
  }

  close(): void {
    this.response.destroy();
  }

  private take(block: string): void {
    const field = (name: string) =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    this.lastId = field('id') ?? this.lastId;
    const event = field('event');
    if (event === undefined) return;
    this.messages.push({
      event,
      id: this.lastId,
      data: z.record(z.string(), z.unknown()).parse(JSON.parse(field('data') ?? '{}')),
    });
  }
}

describe('the live stream', () => {
  let database: FreshDatabase;
  let receiver: Receiver;
  let app: INestApplication;
  let other: INestApplication;
  let as: ReturnType<typeof adminCalls>;
  const open: Listening[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    app = await startAdminHost(database.url, [Events]);
    other = await startAdminHost(database.url, [Events]);
    as = adminCalls(app);
  });

  afterEach(() => {
    for (const listening of open.splice(0)) listening.close();
  });

  afterAll(async () => {
    await app?.close();
    await other?.close();
    await receiver?.stop();
    await database?.drop();
  });

  async function listen(
    who: string,
    { since, at = app }: { since?: string; at?: INestApplication } = {},
  ): Promise<Listening> {
    const listening = await Listening.open(`${await at.getUrl()}${ADMIN_BASE}/stream`, {
      authorization: `Bearer ${who}/ann`,
      ...(since === undefined ? {} : { 'last-event-id': since }),
    });
    open.push(listening);
    await until(
      'the stream’s first place',
      () => listening.lastId !== '' || listening.status !== 200,
    );
    return listening;
  }

  async function subscribe(tenant: string): Promise<string> {
    const answer = await as(`${tenant}/ann`)('POST', '/subscriptions', {
      name: 'Live',
      eventTypes: ['ping'],
      provider: 'webhook',
      config: { url: receiver.url },
    });
    expect(answer.status, answer.text).toBe(201);
    return String(answer.body['id']);
  }

  const publish = (tenant: string, n = 1, by = app) =>
    by.get(IntegrationPublisher).publish('ping', { n }, { tenant });

  it('needs the right of the lists, and tells proxies to let it through', async () => {
    expect((await as('nobody')('GET', '/stream')).status).toBe(401);
    const listening = await listen('acme');
    expect(listening.status).toBe(200);
    expect(listening.header('content-type')).toContain('text/event-stream');
    expect(listening.header('x-accel-buffering')).toBe('no');
    expect(listening.header('cache-control')).toContain('no-store');
  });

  it('tells a tenant of its own deliveries and nobody else of them, whichever process works', async () => {
    const mine = await subscribe('acme');
    await subscribe('globex');
    const [acme, globex, all] = [await listen('acme'), await listen('globex'), await listen('all')];
    const abroad = await listen('acme', { at: other });
    const { id: eventId } = await publish('acme', 1, other);
    for (const heard of [acme, all, abroad]) {
      await until('the delivery', () =>
        heard.of('delivery').some(({ data }) => data['status'] === 'delivered'),
      );
      expect(heard.of('delivery').at(-1)?.data).toMatchObject({
        id: expect.any(String),
        subscriptionId: mine,
        eventId,
        eventType: 'ping',
        status: 'delivered',
        attempts: 1,
        at: expect.any(String),
      });
    }
    // What is told of its own proves that what was before it has been passed over.
    await publish('globex');
    await until('its own', () => globex.of('delivery').length > 0);
    expect(JSON.stringify(globex.messages)).not.toContain(mine);
    expect(JSON.stringify(globex.messages)).not.toContain('acme');
    expect(acme.messages.every(({ data }) => data['subscriptionId'] !== undefined)).toBe(true);
  });

  it('tells of subscriptions, connections and replays as they change', async () => {
    const listening = await listen('changes', { at: other });
    const id = await subscribe('changes');
    const ask = as('changes/ann');
    await publish('changes');
    await ask('POST', `/subscriptions/${id}/disable`);
    await until('the change', () =>
      listening.of('subscription').some(({ data }) => data['change'] === 'disabled'),
    );
    const replay = await ask('POST', '/replays', { subscriptionId: id });
    await until('the replay’s end', () =>
      listening.of('replay').some(({ data }) => data['state'] === 'completed'),
    );
    expect(listening.of('replay').at(-1)?.data).toMatchObject({ id: replay.body['id'] });
    await ask('DELETE', `/subscriptions/${id}`);
    await until('the end', () =>
      listening.of('subscription').some(({ data }) => data['change'] === 'deleted'),
    );
    expect(listening.of('subscription').every(({ data }) => data['id'] === id)).toBe(true);
  });

  it('goes on where it broke off, or says that all is to be asked anew', async () => {
    await subscribe('resumes');
    const first = await listen('resumes');
    await publish('resumes', 1);
    await until('the first', () =>
      first.of('delivery').some(({ data }) => data['status'] === 'delivered'),
    );
    const watcher = await listen('all');
    const place = first.lastId;
    first.close();
    const { id: missed } = await publish('resumes', 2);
    await until('the second', () =>
      watcher.of('delivery').some(({ data }) => data['eventId'] === missed),
    );
    const again = await listen('resumes', { since: place });
    await until('what was missed', () =>
      again.of('delivery').some(({ data }) => data['eventId'] === missed),
    );
    expect(again.of('reset')).toEqual([]);
    for (const since of ['long:ago', '', 'x'.repeat(5_000), `${place.split(':')[0]}:99999`]) {
      const lost = await listen('resumes', { since });
      if (since === '') continue;
      await until('the reset', () => lost.of('reset').length > 0);
    }
  });

  it('sends ten messages a second at most, however much happens, and a reset for the rest', async () => {
    await subscribe('busy');
    const listening = await listen('busy');
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 400 }, (_, n) => publish('busy', n)));
    await until('the reset', () => listening.of('reset').length > 0);
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(listening.messages.length).toBeLessThanOrEqual(10 * seconds + 10);
  });

  it('ends at once when the app closes, and holds it up for nobody', async () => {
    const closing = await startAdminHost(database.url, [Events]);
    const listening = await listen('acme', { at: closing });
    const startedAt = performance.now();
    await closing.close();
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    await until('its end', () => listening.isOver, { withinMs: 1_000 });
  });
});
