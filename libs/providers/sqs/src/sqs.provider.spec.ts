import { DeliveredEvent, ProviderTrial, type TrialSetup } from '@nest-integrations/core';
import { describeProvider, Receiver, type Answer } from '@nest-integrations/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCESS_KEY_ID,
  failed,
  FakeSqs,
  REGION,
  SECRET_ACCESS_KEY,
} from '../../../../test/support/fake-sqs.js';
import { sqsConfig } from './sqs-config.js';
import { SqsProvider } from './sqs.provider.js';

const event = new DeliveredEvent(
  'ev-1',
  'incident.created',
  '2026-01-02T03:04:05.678Z',
  '{"incident":{"id":"INC-1","title":"a\\u0000b\\uffff","none":null}}',
);

const account = (origin: string, given: object = {}) => ({
  method: 'access-key',
  region: REGION,
  accessKeyId: ACCESS_KEY_ID,
  secretAccessKey: SECRET_ACCESS_KEY,
  endpoint: origin,
  ...given,
});

describe('SQS', () => {
  let receiver: Receiver;
  let sqs: FakeSqs;
  let trial: ProviderTrial;
  let next: Answer | null = null;
  const origin = () => new URL(receiver.url).origin;
  const on = (provider: SqsProvider) => new ProviderTrial(provider, { allow: ['127.0.0.0/8'] });

  beforeAll(async () => {
    receiver = await Receiver.start();
  });

  beforeEach(() => {
    sqs = new FakeSqs(origin());
    next = null;
    receiver.requests.length = 0;
    receiver.answer((request) => next ?? sqs.answer(request));
    trial = on(new SqsProvider());
  });

  afterEach(() => trial.close());
  afterAll(() => receiver.stop());

  function setup(config: object = {}, connection: object = {}): TrialSetup {
    return {
      config: { queueUrl: sqs.urlOf('events'), ...config },
      connection: account(origin(), connection),
    };
  }

  it('gets a signed message with the event and what it is known by', async () => {
    const { outcome, exchange } = await trial.attempt(setup(), { event });
    expect(outcome).toEqual({
      kind: 'delivered',
      externalId: '00000000-0000-4000-8000-000000000000',
    });
    const [message] = sqs.messages;
    expect(JSON.parse(message?.MessageBody ?? '')).toEqual(event.toJSON());
    expect(message?.MessageAttributes).toEqual({
      'webhook-id': { DataType: 'String', StringValue: 'ev-1' },
      'webhook-timestamp': { DataType: 'String', StringValue: '1767323045' },
      'event-type': { DataType: 'String', StringValue: 'incident.created' },
    });
    expect(message).not.toHaveProperty('MessageGroupId');
    expect(exchange?.request.headers['x-amz-target']).toBe('AmazonSQS.SendMessage');
    expect(exchange?.request.headers['authorization']).toBe('[redacted]');
    expect(JSON.stringify(exchange)).not.toContain(SECRET_ACCESS_KEY);
  });

  it('gets body and attributes by templates, empty attributes left out', async () => {
    await trial.attempt(
      setup({
        body: '{ "title": {{ payload.incident.title }} }',
        attributes: { incident: '{{ payload.incident.id }}', none: '{{ payload.incident.none }}' },
      }),
      { event },
    );
    const [message] = sqs.messages;
    expect(JSON.parse(message?.MessageBody ?? '')).toEqual({ title: 'a\0b\uffff' });
    expect(message?.MessageAttributes['incident']?.StringValue).toBe('INC-1');
    expect(message?.MessageAttributes).not.toHaveProperty('none');
  });

  it('with FIFO keeps a group in order, and drops what was sent before', async () => {
    const queueUrl = sqs.urlOf('events.fifo');
    const grouped = setup({ queueUrl, messageGroupId: '{{ payload.incident.id }}' });
    const first = await trial.attempt(grouped, { event });
    const again = await trial.attempt(grouped, { event, attempt: 2 });
    expect(again.outcome).toEqual(first.outcome);
    expect(sqs.messages).toMatchObject([{ MessageGroupId: 'INC-1' }]);
    expect(sqs.messages[0]?.MessageDeduplicationId).toMatch(/^ev-1\./);
    await trial.attempt(setup({ queueUrl }), {
      event: new DeliveredEvent('ev-2', 'incident.created', event.occurredAt, '{}'),
    });
    expect(sqs.messages[1]?.MessageGroupId).toMatch(/^01990000-/);
    const spaced = setup({ queueUrl, messageGroupId: 'of {{ payload.incident.id }}' });
    expect((await trial.attempt(spaced, { event })).outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/message group/),
    });
  });

  it('is not asked to take more than a MiB', async () => {
    const payload = (length: number) => JSON.stringify({ text: 'x'.repeat(length) });
    const large = (length: number) =>
      new DeliveredEvent('ev-1', 'incident.created', event.occurredAt, payload(length));
    const { outcome } = await trial.attempt(setup(), { event: large(1_048_576) });
    expect(outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/SQS takes 1048576/),
    });
    expect(receiver.requests).toEqual([]);
    expect((await trial.attempt(setup(), { event: large(1_048_000) })).outcome.kind).toBe(
      'delivered',
    );
  });

  it.each([
    ['ThrottlingException', 400, 'retry', false, /Throttling/],
    ['RequestThrottled', 403, 'retry', false, /Throttled/],
    ['OverLimit', 403, 'retry', false, /OverLimit/],
    ['InternalFailure', 500, 'retry', false, /InternalFailure/],
    ['AccessDeniedException', 400, 'retry', true, /allow sqs:SendMessage/],
    ['UnrecognizedClientException', 400, 'retry', true, /access key is not known/],
    ['ExpiredTokenException', 400, 'retry', true, /session token has expired/],
    ['KmsDisabled', 400, 'retry', true, /encrypts the queue/],
    ['InvalidMessageContents', 400, 'rejected', false, /InvalidMessageContents/],
    ['UnsupportedOperation', 400, 'rejected', false, /UnsupportedOperation/],
  ] as const)('that answers %s with %i is a %s', async (code, status, kind, isOurs, reason) => {
    next = failed(code, status, 'said so');
    const { outcome } = await trial.attempt(setup(), { event });
    expect(outcome).toMatchObject({ kind, reason: expect.stringMatching(reason) });
    expect('clientError' in outcome && outcome.clientError === true).toBe(isOurs);
  });

  it('tells what to do about a queue that is not there and a secret that does not fit', async () => {
    const away = setup({ queueUrl: sqs.urlOf('gone') });
    expect((await trial.attempt(away, { event })).outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/queue is not there: choose another/),
    });
    const wrong = setup({}, { secretAccessKey: 'wr0ng-secret-key' });
    const { outcome, exchange } = await trial.attempt(wrong, { event });
    expect(outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/does not fit its id/),
    });
    expect(JSON.stringify({ outcome, exchange })).not.toContain('wr0ng-secret-key');
  });

  it('is asked once an attempt, whatever it answers', async () => {
    next = failed('InternalFailure', 500);
    await trial.attempt(setup(), { event });
    expect(receiver.requests).toHaveLength(1);
  });

  it('that confirms another body than was sent is asked again', async () => {
    const MD5OfMessageBody = '0'.repeat(32);
    next = { body: JSON.stringify({ MessageId: 'm1', MD5OfMessageBody }) };
    expect((await trial.attempt(setup(), { event })).outcome).toMatchObject({ kind: 'retry' });
  });

  it('is reached at the connection’s endpoint, whatever host a queue’s URL names', async () => {
    const queueUrl = 'https://evil.example.com/123456789012/events';
    const { exchange } = await trial.attempt(setup({ queueUrl }), { event });
    expect(exchange?.request.url).toBe(`${origin()}/`);
  });

  it('is sent to with the application’s credentials only where it offers them', async () => {
    const own = {
      ...setup(),
      connection: { method: 'application', region: REGION, endpoint: origin() },
    };
    expect((await trial.attempt(own, { event })).outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/offers no credentials/),
    });
    const offering = on(
      new SqsProvider({ accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY }),
    );
    expect((await offering.attempt(own, { event })).outcome.kind).toBe('delivered');
    await offering.close();
  });

  it('tests a connection without sending', async () => {
    expect(await trial.testConnection(account(origin()))).toEqual({
      ok: true,
      message: `The credentials are good in ${REGION}`,
    });
    const wrong = account(origin(), { accessKeyId: 'AKIDOTHER' });
    expect(await trial.testConnection(wrong)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/not known: give the connection another/),
    });
    next = failed('AccessDeniedException', 400);
    expect(await trial.testConnection(account(origin()))).toMatchObject({
      ok: true,
      message: expect.stringMatching(/may not list queues/),
    });
    expect(sqs.messages).toEqual([]);
  });

  it('lists queues by the page, and by the beginning of their names', async () => {
    const all = { config: undefined, connection: account(origin()) };
    const first = await trial.options(all, { field: 'queueUrl' });
    expect(first.options).toEqual([
      { value: sqs.urlOf('events'), label: 'events' },
      { value: sqs.urlOf('events.fifo'), label: 'events.fifo' },
    ]);
    const { nextCursor: cursor = '' } = first;
    expect(await trial.options(all, { field: 'queueUrl', cursor })).toEqual({
      options: [{ value: sqs.urlOf('other'), label: 'other' }],
    });
    const found = await trial.options(all, { field: 'queueUrl', search: 'oth' });
    expect(found.options).toHaveLength(1);
  });

  it('refuses attributes that SQS would refuse', () => {
    const queueUrl = 'https://sqs.example.com/1/events';
    const named = (name: string) => ({ queueUrl, attributes: { [name]: 'x' } });
    expect(sqsConfig.safeParse(named('incident.id')).success).toBe(true);
    for (const name of ['aws.id', 'Amazon.id', 'a..b', '.a', 'a b', 'webhook-id']) {
      expect(sqsConfig.safeParse(named(name)).success).toBe(false);
    }
    const many = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`a${i}`, 'x']));
    expect(sqsConfig.safeParse({ queueUrl, attributes: many }).success).toBe(false);
  });
});

describeProvider(
  {
    name: 'sqs',
    provider: () => new SqsProvider(),
    setups: {
      'to a FIFO queue': (origin) => ({
        config: { queueUrl: new FakeSqs(origin).urlOf('events.fifo') },
        connection: account(origin, { sessionToken: 'not-a-real-session' }),
        secrets: ['connection.secretAccessKey', 'connection.sessionToken'],
      }),
    },
    notSecret: ['accessKeyId'],
    service: {
      start: () => {
        let sqs: FakeSqs | undefined;
        return (request) => {
          sqs ??= new FakeSqs(`http://${String(request.headers['host'])}`);
          return sqs.answer(request);
        };
      },
      situations: {
        unauthorized: { answer: failed('UnrecognizedClientException', 403) },
        serverError: { answer: failed('InternalFailure', 500) },
        rateLimited: { answer: failed('ThrottlingException', 400) },
      },
      rateLimit: (seconds) =>
        failed('ThrottlingException', 400, '', { 'retry-after': String(seconds) }),
      delivered: { externalId: /^[0-9a-f-]{36}$/ },
      repeatKey: ({ body }) => /"MessageDeduplicationId":"([^"]+)"/.exec(body.toString())?.[1],
      options: {
        queueUrl: { search: 'none of these', options: [] },
      },
    },
  },
  { describe, it },
);
