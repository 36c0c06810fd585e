import {
  DeliveredEvent,
  OutboundHttp,
  RecordedHttp,
  type OutboundHttpOptions,
  type ToldExchange,
} from '@nest-integrations/core';
import { describeProvider, oauthTokens } from '@nest-integrations/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  FakeKafka,
  KAFKA_PASSWORD,
  KAFKA_USER,
  type FakeKafkaOptions,
} from '../../../../test/support/fake-kafka.js';
import { RECEIVER_CERT } from '../../../../test/support/receiver-certificate.js';
import { kafkaConfig, kafkaConnection, type KafkaConnection } from './kafka-config.js';
import { KafkaProvider } from './kafka.provider.js';

const event = new DeliveredEvent(
  'ev-1',
  'incident.created',
  '2026-01-02T03:04:05.678Z',
  '{"incident":{"id":"INC-1","title":"down"}}',
);

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function broker(options: FakeKafkaOptions = {}): Promise<FakeKafka> {
  const kafka = await FakeKafka.start(options);
  cleanups.push(() => kafka.stop());
  return kafka;
}

function outbound(options: OutboundHttpOptions = {}): OutboundHttp {
  const http = new OutboundHttp({
    allow: ['127.0.0.0/8'],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...options,
  });
  cleanups.push(() => http.close());
  return http;
}

function account(port: number, given: object = {}): KafkaConnection {
  return kafkaConnection.parse({ brokers: [`receiver.test:${port}`], tls: false, ...given });
}

const signedIn = (mechanism: string, password = KAFKA_PASSWORD) => ({
  tls: true,
  ca: RECEIVER_CERT,
  sasl: { mechanism, user: KAFKA_USER, password },
});

function sender() {
  const provider = new KafkaProvider();
  cleanups.push(() => provider.onApplicationShutdown());
  const shared = outbound();
  return async (connection: KafkaConnection, config: object = {}, http = shared) => {
    const told: (ToldExchange | undefined)[] = [];
    const outcome = await provider.deliver({
      event,
      delivery: { id: 'd1', attempt: 1, isReplay: false, isTest: false },
      subscription: { id: 'sub-1', name: 'Ops' },
      thread: null,
      config: kafkaConfig.parse({ topic: 'events', ...config }),
      connection,
      signingSecrets: [],
      http: new RecordedHttp({ http, timeoutMs: 5_000 }),
      sockets: http.sockets,
      oauth: oauthTokens(),
      tell: (exchange) => told.push(exchange),
      note: () => undefined,
      signal: new AbortController().signal,
    });
    return { outcome, told: told.at(-1) };
  };
}

describe('Kafka', () => {
  it('gets the event, held by all replicas in sync, and the attempt tells where', async () => {
    const kafka = await broker();
    const { outcome, told } = await sender()(account(kafka.port));
    const [record] = kafka.records;
    const place = `events/${record?.partition}/0`;
    expect(outcome).toEqual({ kind: 'delivered', externalId: place });
    expect(JSON.parse(record?.value ?? '')).toEqual(event.toJSON());
    expect(record).toMatchObject({
      topic: 'events',
      key: null,
      isCompressed: false,
      headers: {
        'webhook-id': 'ev-1',
        'webhook-timestamp': '1767323045',
        'event-type': 'incident.created',
      },
    });
    expect(kafka.acks).toBe(-1);
    expect(told).toMatchObject({
      request: { method: 'PRODUCE', url: `kafka://receiver.test:${kafka.port}/events` },
      response: { status: 0, body: place },
    });
  });

  it('gets key, headers and body by templates, compressed where that was chosen', async () => {
    const kafka = await broker();
    const send = sender();
    const connection = account(kafka.port);
    const config = {
      key: '{{ payload.incident.id }}',
      headers: { title: '{{ payload.incident.title }}' },
      body: '{ "id": {{ payload.incident.id }} }',
      compression: 'gzip',
    };
    await send(connection, config);
    await send(connection, config);
    const [first, second] = kafka.records;
    expect(first).toMatchObject({ key: 'INC-1', isCompressed: true });
    expect(first?.headers).toMatchObject({ title: 'down', 'webhook-id': 'ev-1' });
    expect(JSON.parse(first?.value ?? '')).toEqual({ id: 'INC-1' });
    expect(second?.partition).toBe(first?.partition);
  });

  it.each([
    ['PLAIN', 'plain'],
    ['SCRAM-SHA-256', 'scram-sha-256'],
  ] as const)(
    'lets in by %s within TLS, and tells what to do about a wrong password',
    async (sasl, mechanism) => {
      const kafka = await broker({ tls: true, sasl });
      const send = sender();
      const { outcome, told } = await send(account(kafka.port, signedIn(mechanism)));
      expect(outcome.kind).toBe('delivered');
      expect(JSON.stringify(told)).not.toContain(KAFKA_PASSWORD);
      const wrong = await send(account(kafka.port, signedIn(mechanism, 'wr0ng-secret')));
      expect(wrong.outcome).toMatchObject({
        kind: 'retry',
        clientError: true,
        reason: expect.stringMatching(/give the connection a user and a password/),
      });
      expect(JSON.stringify(wrong)).not.toContain('wr0ng-secret');
      expect(kafka.records).toHaveLength(1);
    },
  );

  it('tells what to do about a way to sign in that it does not offer', async () => {
    const kafka = await broker({ tls: true, sasl: 'PLAIN' });
    const { outcome } = await sender()(account(kafka.port, signedIn('scram-sha-512')));
    expect(outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/choose a way to sign in/),
    });
  });

  it('is not told anything where its certificate is not trusted', async () => {
    const kafka = await broker({ tls: true });
    const { outcome } = await sender()(account(kafka.port, { tls: true }));
    expect(outcome).toMatchObject({
      kind: 'retry',
      reason: expect.stringMatching(/no trusted TLS connection/),
    });
  });

  it('without the topic tells what to do', async () => {
    const kafka = await broker();
    const { outcome, told } = await sender()(account(kafka.port), { topic: 'gone' });
    expect(outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/UNKNOWN_TOPIC_OR_PARTITION.*create it/),
    });
    expect(told?.response).toMatchObject({ status: 3 });
  });

  it.each([
    [10, 'rejected', /MESSAGE_TOO_LARGE/],
    [87, 'rejected', /INVALID_RECORD/],
    [29, 'retry', /TOPIC_AUTHORIZATION_FAILED.*allow/],
    [19, 'retry', /NOT_ENOUGH_REPLICAS/],
    [6, 'retry', /NOT_LEADER_FOR_PARTITION/],
  ] as const)(
    'that answers with error %i is a %s, and is asked once',
    async (code, kind, reason) => {
      const kafka = await broker();
      const send = sender();
      const connection = account(kafka.port);
      kafka.nextError = code;
      const { outcome, told } = await send(connection);
      expect(outcome).toMatchObject({ kind, reason: expect.stringMatching(reason) });
      expect(told?.response).toMatchObject({ status: code });
      expect(kafka.records).toEqual([]);
      expect((await send(connection)).outcome.kind).toBe('delivered');
    },
  );

  it('that is lost before it has answered is asked again, by a new connection', async () => {
    const kafka = await broker();
    const send = sender();
    const connection = account(kafka.port);
    kafka.cutsAnswers = true;
    expect((await send(connection)).outcome).toMatchObject({ kind: 'retry' });
    kafka.cutsAnswers = false;
    expect((await send(connection)).outcome.kind).toBe('delivered');
    expect(kafka.records.map(({ headers }) => headers['webhook-id'])).toEqual(['ev-1', 'ev-1']);
  });

  it('is under the guard, with the brokers that it names', async () => {
    const kafka = await broker();
    const send = sender();
    const guarded = outbound({ allow: [] });
    expect((await send(account(kafka.port), {}, guarded)).outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/receiver\.test is not allowed/),
    });
    expect(kafka.connections).toBe(0);
    const leading = await broker({ advertised: '169.254.169.254:80' });
    expect((await send(account(leading.port))).outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/169\.254\.169\.254 is not allowed: metadata/),
    });
  });

  it('is found by the second broker where the first is away', async () => {
    const kafka = await broker();
    const brokers = ['receiver.test:1', `receiver.test:${kafka.port}`];
    const send = sender();
    expect((await send(account(0, { brokers }))).outcome.kind).toBe('delivered');
    const away = account(0, { brokers: ['receiver.test:1'] });
    expect((await send(away)).outcome).toMatchObject({
      kind: 'retry',
      reason: expect.stringMatching(/refused/),
    });
  });

  it('keeps its connections for a revision', async () => {
    const kafka = await broker();
    const send = sender();
    const connection = account(kafka.port);
    await send(connection);
    const opened = kafka.connections;
    for (let i = 0; i < 3; i++) await send(connection);
    expect(kafka.connections).toBe(opened);
  });

  it('lists its topics, and is tried without sending', async () => {
    const kafka = await broker({ tls: true, sasl: 'PLAIN' });
    const provider = new KafkaProvider();
    const http = outbound();
    const context = {
      connection: account(kafka.port, signedIn('plain')),
      http: new RecordedHttp({ http, timeoutMs: 5_000 }),
      sockets: http.sockets,
      oauth: oauthTokens(),
      signal: new AbortController().signal,
    };
    expect(await provider.topics({ ...context, values: {}, search: '' })).toEqual([
      { value: 'events', label: 'events' },
    ]);
    expect(await provider.testConnection(context)).toEqual({
      ok: true,
      message: 'The cluster shows 2 topics',
    });
    const wrong = account(kafka.port, signedIn('plain', 'wrong'));
    expect(await provider.testConnection({ ...context, connection: wrong })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/user and a password/),
    });
    expect(kafka.records).toEqual([]);
  });

  it('is shown what it would get without being asked anything', async () => {
    const kafka = await broker();
    const http = outbound();
    const told: ToldExchange[] = [];
    await new KafkaProvider().preview({
      event,
      delivery: { id: 'd1', attempt: 1, isReplay: false, isTest: true },
      subscription: { id: 'sub-1', name: 'Ops' },
      thread: null,
      config: kafkaConfig.parse({ topic: 'events', key: 'k' }),
      connection: account(kafka.port),
      signingSecrets: [],
      http: new RecordedHttp({ http, timeoutMs: 5_000 }),
      sockets: http.sockets,
      oauth: oauthTokens(),
      tell: (exchange) => told.push(exchange),
      note: () => undefined,
      signal: new AbortController().signal,
    });
    expect(told).toMatchObject([
      { request: { method: 'PRODUCE', headers: { key: 'k' } }, response: null },
    ]);
    expect(kafka.connections).toBe(0);
  });

  it('is never sent a password that anyone could read', () => {
    const given = { ...signedIn('plain'), tls: false, brokers: ['kafka.example.com:9092'] };
    expect(kafkaConnection.safeParse(given).success).toBe(false);
  });
});

describeProvider(
  {
    name: 'kafka',
    provider: () => new KafkaProvider(),
    notSecret: ['config.key'],
    setups: {
      'with SCRAM': () => ({
        config: { topic: 'events', key: '{{ payload.incident.id }}' },
        connection: {
          brokers: ['kafka.example.com:9093'],
          sasl: { mechanism: 'scram-sha-512', user: 'notify', password: KAFKA_PASSWORD },
        },
        secrets: ['connection.sasl.password'],
      }),
    },
  },
  { describe, it },
);
