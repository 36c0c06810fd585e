import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import {
  DeliveredEvent,
  OutboundHttp,
  RecordedHttp,
  type ToldExchange,
} from '@nest-integrations/core';
import { describeProvider, oauthTokens } from '@nest-integrations/testing';
import { connect, type Channel, type ChannelModel, type GetMessage } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRabbitMq, type TestRabbitMq } from '../../../../test/support/rabbitmq.js';
import { RECEIVER_CERT } from '../../../../test/support/receiver-certificate.js';
import {
  rabbitMqConfig,
  rabbitMqConnection,
  type RabbitMqConfig,
  type RabbitMqConnection,
} from './rabbitmq-config.js';
import { RabbitMqProvider } from './rabbitmq.provider.js';

const event = new DeliveredEvent(
  'ev-1',
  'incident.created',
  '2026-01-02T03:04:05.678Z',
  '{"incident":{"id":"INC-1","title":"down"}}',
);

/** Passes bytes on until it is told to keep back what the broker says, or to cut. */
class Relay {
  isDeaf = false;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => {
    const broker = connectTcp(this.target, '127.0.0.1');
    client.pipe(broker);
    broker.on('data', (data) => this.isDeaf || client.write(data));
    for (const socket of [client, broker]) {
      this.sockets.add(socket.on('error', () => undefined));
      socket.on('close', () => this.cut());
    }
  });

  constructor(private readonly target: number) {}

  async start(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  stop(): void {
    this.cut();
    this.server.close();
  }
}

describe('RabbitMQ', () => {
  let rabbit: TestRabbitMq;
  let admin: ChannelModel;
  let channel: Channel;
  let outbound: OutboundHttp;
  let provider: RabbitMqProvider;

  beforeAll(async () => {
    rabbit = await startRabbitMq();
    const { port, user: username, password } = rabbit;
    admin = await connect({ hostname: '127.0.0.1', port, username, password });
    channel = await admin.createChannel();
    await channel.assertExchange('events', 'topic');
    await channel.assertQueue('incidents');
    await channel.bindQueue('incidents', 'events', 'incident.*');
    await channel.assertQueue('full', { maxLength: 1, overflow: 'reject-publish' });
  }, 180_000);

  afterAll(async () => {
    await admin.close();
    await rabbit.stop();
  });

  beforeEach(async () => {
    await channel.purgeQueue('incidents');
    outbound = outboundWith({});
    provider = new RabbitMqProvider();
  });

  afterEach(async () => {
    await provider.onApplicationShutdown();
    await outbound.close();
  });

  function outboundWith(options: object): OutboundHttp {
    return new OutboundHttp({
      allow: ['127.0.0.0/8'],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      ...options,
    });
  }

  function account(given: object = {}): RabbitMqConnection {
    return rabbitMqConnection.parse({
      host: 'receiver.test',
      port: rabbit.port,
      tls: false,
      user: rabbit.user,
      password: rabbit.password,
      ...given,
    });
  }

  /** One object for a revision, as in the engine. */
  const configs = new Map<string, RabbitMqConfig>();
  function configOf(given: object): RabbitMqConfig {
    const key = JSON.stringify(given);
    const config = configs.get(key) ?? rabbitMqConfig.parse({ exchange: 'events', ...given });
    configs.set(key, config);
    return config;
  }

  async function deliver(
    connection: RabbitMqConnection,
    config: object = {},
    { http = outbound, signal = new AbortController().signal } = {},
  ) {
    const told: (ToldExchange | undefined)[] = [];
    const outcome = await provider.deliver({
      event,
      delivery: { id: 'd1', attempt: 1, isReplay: false, isTest: false },
      subscription: { id: 'sub-1', name: 'Ops' },
      thread: null,
      config: configOf(config),
      connection,
      signingSecrets: [],
      http: new RecordedHttp({ http, timeoutMs: 5_000 }),
      sockets: http.sockets,
      oauth: oauthTokens(),
      tell: (exchange) => told.push(exchange),
      note: () => undefined,
      signal,
    });
    return { outcome, told: told.at(-1) };
  }

  async function received(queue = 'incidents'): Promise<GetMessage> {
    const message = await channel.get(queue, { noAck: true });
    if (!message) throw new Error(`nothing is in ${queue}`);
    return message;
  }

  it('gets the event, confirms it, and the attempt tells both', async () => {
    const { outcome, told } = await deliver(account());
    expect(outcome).toEqual({ kind: 'delivered', externalId: 'ev-1' });
    const { content, properties, fields } = await received();
    expect(JSON.parse(content.toString())).toEqual(event.toJSON());
    expect(fields).toMatchObject({ exchange: 'events', routingKey: 'incident.created' });
    expect(properties).toMatchObject({
      messageId: 'ev-1',
      type: 'incident.created',
      contentType: 'application/json',
      deliveryMode: 2,
      timestamp: 1_767_323_045,
      headers: {
        'webhook-id': 'ev-1',
        'webhook-timestamp': '1767323045',
        'event-type': 'incident.created',
      },
    });
    expect(told).toMatchObject({
      request: {
        method: 'PUBLISH',
        url: `amqp://receiver.test:${rabbit.port}/%2F`,
        headers: { exchange: 'events', 'routing-key': 'incident.created', 'message-id': 'ev-1' },
      },
      response: { status: 200, body: 'confirmed' },
    });
    expect(JSON.stringify(told)).not.toContain(rabbit.password);
  });

  it('is spoken to by TLS, its certificate verified', async () => {
    const secure = { port: rabbit.tlsPort, tls: true };
    const { outcome } = await deliver(account({ ...secure, ca: RECEIVER_CERT }));
    expect(outcome.kind).toBe('delivered');
    await received();
    for (const given of [secure, { ...secure, ca: RECEIVER_CERT, host: 'other.test' }]) {
      expect((await deliver(account(given))).outcome).toMatchObject({
        kind: 'retry',
        reason: expect.stringMatching(/no trusted TLS connection/),
      });
    }
  });

  it('gets routing key, headers and body by templates, or a CloudEvent', async () => {
    await deliver(account(), {
      routingKey: 'incident.{{ payload.incident.id }}',
      format: 'template',
      body: '{ "id": {{ payload.incident.id }} }',
      headers: { title: '{{ payload.incident.title }}' },
      persistent: false,
    });
    const plain = await received();
    expect(plain.fields.routingKey).toBe('incident.INC-1');
    expect(JSON.parse(plain.content.toString())).toEqual({ id: 'INC-1' });
    expect(plain.properties.headers).toMatchObject({ title: 'down' });
    expect(plain.properties.deliveryMode).not.toBe(2);
    await deliver(account(), { format: 'cloudevents' });
    const { content, properties } = await received();
    expect(properties.contentType).toBe('application/cloudevents+json');
    expect(JSON.parse(content.toString())).toMatchObject({
      specversion: '1.0',
      id: 'ev-1',
      type: 'incident.created',
      data: { incident: { id: 'INC-1' } },
    });
  });

  it('rejects what no queue takes with the broker’s reason, or lets it go', async () => {
    const { outcome, told } = await deliver(account(), { routingKey: 'nobody' });
    expect(outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/returned the message: 312 NO_ROUTE/),
    });
    expect(told?.response).toMatchObject({ status: 312, body: 'NO_ROUTE' });
    const optional = { routingKey: 'nobody', mandatory: false };
    expect((await deliver(account(), optional)).outcome.kind).toBe('delivered');
  });

  it('that refuses a message for its queue is full is asked again', async () => {
    const toQueue = { exchange: '', routingKey: 'full' };
    const connection = account();
    expect((await deliver(connection, toQueue)).outcome.kind).toBe('delivered');
    expect((await deliver(connection, toQueue)).outcome).toMatchObject({
      kind: 'retry',
      reason: expect.stringMatching(/nack/),
    });
  });

  it('without the exchange tells what to do, and serves other exchanges all the while', async () => {
    const connection = account();
    const [gone, good] = await Promise.all([
      deliver(connection, { exchange: 'gone' }),
      deliver(connection),
    ]);
    expect(gone.outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/no exchange 'gone'.*declare it/),
    });
    expect(gone.told?.response).toMatchObject({ status: 404 });
    expect(good.outcome.kind).toBe('delivered');
  });

  it('tells what to do about a wrong password, a virtual host and a missing right', async () => {
    const wrong = await deliver(account({ password: 'wr0ng-secret' }));
    expect(wrong.outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/ACCESS.REFUSED.*its password/),
    });
    expect(JSON.stringify(wrong)).not.toContain('wr0ng-secret');
    expect((await deliver(account({ virtualHost: 'gone' }))).outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/virtual host is not there/),
    });
    rabbit.control('add_user', 'reader', 'reader-password');
    rabbit.control('set_permissions', '-p', '/', 'reader', '', '', '.*');
    const reader = account({ user: 'reader', password: 'reader-password' });
    expect((await deliver(reader)).outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/write to the exchange/),
    });
  });

  it('that is lost before it has confirmed is asked again, by a new connection', async () => {
    const relay = new Relay(rabbit.port);
    const connection = account({ port: await relay.start() });
    try {
      expect((await deliver(connection)).outcome.kind).toBe('delivered');
      relay.isDeaf = true;
      const lost = deliver(connection);
      await expect.poll(async () => (await channel.checkQueue('incidents')).messageCount).toBe(2);
      relay.cut();
      expect((await lost).outcome).toMatchObject({ kind: 'retry' });
      relay.isDeaf = false;
      expect((await deliver(connection)).outcome.kind).toBe('delivered');
      const ids = [await received(), await received(), await received()].map(
        ({ properties }): unknown => properties.messageId,
      );
      expect(ids).toEqual(['ev-1', 'ev-1', 'ev-1']);
    } finally {
      relay.stop();
    }
  });

  it('that never confirms is given up when the attempt’s time is over', async () => {
    const relay = new Relay(rabbit.port);
    const connection = account({ port: await relay.start() });
    try {
      await deliver(connection);
      relay.isDeaf = true;
      const controller = new AbortController();
      const hanging = deliver(connection, {}, { signal: controller.signal });
      await expect.poll(async () => (await channel.checkQueue('incidents')).messageCount).toBe(2);
      controller.abort(new Error('the attempt is over'));
      expect((await hanging).outcome).toMatchObject({
        kind: 'retry',
        reason: expect.stringMatching(/no confirmation came in time/),
      });
    } finally {
      relay.stop();
    }
  });

  it('is under the guard, and is not asked twice by one revision to connect', async () => {
    const guarded = outboundWith({ allow: [] });
    for (const given of [{}, { tls: true, port: rabbit.tlsPort }, { host: '127.0.0.1' }]) {
      expect((await deliver(account(given), {}, { http: guarded })).outcome).toMatchObject({
        kind: 'rejected',
        reason: expect.stringMatching(/is not allowed/),
      });
    }
    await guarded.close();
    expect((await deliver(account({ port: 1 }))).outcome).toMatchObject({
      kind: 'retry',
      reason: expect.stringMatching(/refused/),
    });
    let asked = 0;
    const counting = outboundWith({
      resolve: async () => {
        asked++;
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });
    const connection = account();
    for (let i = 0; i < 3; i++) await deliver(connection, {}, { http: counting });
    expect(asked).toBe(1);
    await provider.onApplicationShutdown();
    await counting.close();
  });

  it('tries a connection without publishing', async () => {
    const test = (connection: RabbitMqConnection) =>
      provider.testConnection({
        connection,
        http: new RecordedHttp({ http: outbound, timeoutMs: 5_000 }),
        sockets: outbound.sockets,
        oauth: oauthTokens(),
        signal: new AbortController().signal,
      });
    expect(await test(account())).toEqual({
      ok: true,
      message: `Signed in as ${rabbit.user} at receiver.test:${rabbit.port}, /`,
    });
    expect(await test(account({ password: 'wrong' }))).toMatchObject({ ok: false });
    expect((await channel.checkQueue('incidents')).messageCount).toBe(0);
  });
});

describeProvider(
  {
    name: 'rabbitmq',
    provider: () => new RabbitMqProvider(),
    notSecret: ['config.routingKey'],
    setups: {
      'with a password': () => ({
        config: { exchange: 'events', headers: { incident: '{{ payload.incident.id }}' } },
        connection: { host: 'rabbitmq.example.com', user: 'notify', password: 'not-a-real-one' },
        secrets: ['connection.password'],
      }),
    },
  },
  { describe, it },
);
