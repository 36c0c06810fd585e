import { DeliveredEvent, ProviderTrial, type DeliveryThread } from '@nest-integrations/core';
import {
  describeProvider,
  Receiver,
  type Answer,
  type ReceivedRequest,
} from '@nest-integrations/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpsgenieProvider } from './opsgenie.provider.js';

const KEY = 'not-a-real-api-key';
const connection = { apiKey: KEY };

const json = (status: number, body: object, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const failure = (status: number, message: string, errors?: object) =>
  json(status, { message, took: 0.001, requestId: 'r-0', ...(errors && { errors }) });

/** What Opsgenie would answer, after its published API; it refuses what Opsgenie would refuse. */
class FakeOpsgenie {
  readonly alerts = new Map<
    string,
    { status: string; count: number; body: Record<string, unknown> }
  >();
  next: Answer | null = null;

  answer({ method, path, headers, body: sent }: ReceivedRequest): Answer {
    if (headers['authorization'] !== `GenieKey ${KEY}`)
      return failure(401, 'Could not authenticate');
    const { next } = this;
    this.next = null;
    if (next) return next;
    const { pathname, searchParams } = new URL(path, 'http://opsgenie');
    if (method === 'GET') return json(200, { data: [], requestId: 'r-1' });
    const body: Record<string, unknown> = JSON.parse(sent.toString());
    if (pathname === '/v2/alerts') return this.create(body);
    const [, alias = '', action] =
      /^\/v2\/alerts\/([^/]+)\/(acknowledge|close)$/.exec(pathname) ?? [];
    if (searchParams.get('identifierType') !== 'alias' || action === undefined) {
      return failure(404, 'Not found');
    }
    const alert = this.alerts.get(decodeURIComponent(alias));
    if (alert) alert.status = action === 'close' ? 'closed' : 'acknowledged';
    return ACCEPTED;
  }

  private create(body: Record<string, unknown>): Answer {
    const { message, alias, priority } = body;
    if (typeof message !== 'string' || message === '' || message.length > 130) {
      return failure(422, 'Request body is not processable. Please check the errors.', {
        message: 'Message can not be empty.',
      });
    }
    if (typeof alias !== 'string' || alias.length > 512 || !/^P[1-5]$/.test(String(priority))) {
      return failure(422, 'Request body is not processable. Please check the errors.');
    }
    const count = this.alerts.get(alias)?.count ?? 0;
    this.alerts.set(alias, { status: 'open', count: count + 1, body });
    return ACCEPTED;
  }
}

const ACCEPTED = json(202, { result: 'Request will be processed', took: 0.3, requestId: 'r-1' });

describe('opsgenie', () => {
  let receiver: Receiver;
  let opsgenie: FakeOpsgenie;
  let trial: ProviderTrial;

  beforeEach(async () => {
    receiver = await Receiver.start();
    opsgenie = new FakeOpsgenie();
    receiver.answer((request) => opsgenie.answer(request));
    const provider = new OpsgenieProvider(new URL(receiver.url).origin);
    trial = new ProviderTrial(provider, { allow: ['127.0.0.0/8'] });
  });

  afterEach(async () => {
    await trial.close();
    await receiver.stop();
  });

  async function deliver(
    config: object = {},
    given: { type?: string; thread?: DeliveryThread; severity?: string } = {},
  ) {
    const { type = 'incident.created', thread = null, severity = 'high' } = given;
    const payload = { incident: { id: 'INC/1', title: 'Checkout is down', severity } };
    const event = new DeliveredEvent(
      'ev-1',
      type,
      '2026-01-31T12:00:00.000Z',
      JSON.stringify(payload),
    );
    return (await trial.attempt({ config, connection }, { event, thread })).outcome;
  }

  const alias = '{{ payload.incident.id }}';

  it('creates an alert that says what happened', async () => {
    const responders = [
      { type: 'team', name: 'ops' },
      { type: 'user', name: 'me@example.com' },
    ];
    expect(await deliver({ alias, tags: ['shop'], responders })).toEqual({
      kind: 'delivered',
      externalId: 'INC/1',
    });
    expect(opsgenie.alerts.get('INC/1')?.body).toMatchObject({
      message: 'incident.created · id: INC/1 · title: Checkout is down · severity: high',
      source: 'Trial',
      priority: 'P3',
      tags: ['shop'],
      responders: [
        { type: 'team', name: 'ops' },
        { type: 'user', username: 'me@example.com' },
      ],
      details: { title: 'Checkout is down', 'event id': 'ev-1' },
    });
  });

  it('acknowledges and closes it by the type of later events, whatever its alias has in it', async () => {
    const config = {
      alias,
      acknowledgeOn: ['incident.acknowledged'],
      closeOn: ['incident.closed.*'],
    };
    await deliver(config);
    await deliver(config, { type: 'incident.acknowledged' });
    expect(opsgenie.alerts.get('INC/1')?.status).toBe('acknowledged');
    await deliver(config, { type: 'incident.closed.late' });
    expect(opsgenie.alerts.get('INC/1')?.status).toBe('closed');
  });

  it('knows the alert by the thread key, else by the event', async () => {
    const thread = { key: 'INC-7', externalId: null, externalUrl: null };
    expect(await deliver({}, { thread })).toMatchObject({ externalId: 'INC-7' });
    expect(await deliver()).toMatchObject({ externalId: 'ev-1' });
  });

  it('closes nothing where it is not known what: it says what is missing', async () => {
    expect(await deliver({ closeOn: ['incident.created'] })).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/alias.*thread key/),
    });
    expect(receiver.requests).toEqual([]);
  });

  it.each([
    ['critical', 'P1'],
    ['P2', 'P2'],
    ['low', 'P4'],
    ['melting', 'P1'],
    ['peculiar', 'P5'],
  ])('takes the priority %j for %s', async (severity, priority) => {
    const config = {
      priority: '{{ payload.incident.severity }}',
      priorities: { Melting: 'P1' },
      defaultPriority: 'P5',
    };
    await deliver(config, { severity });
    expect(opsgenie.alerts.get('ev-1')?.body).toMatchObject({ priority });
  });

  it('keeps within Opsgenie’s bounds, and long aliases apart', async () => {
    const long = `{% for i in (1..3) %}${'k'.repeat(200)}{% endfor %}`;
    const message = 'm'.repeat(900);
    await deliver({ alias: `${long}1`, message });
    await deliver({ alias: `${long}2`, message });
    expect(opsgenie.alerts.size).toBe(2);
  });

  it('rejects an alert that Opsgenie can’t take, and says which part of it', async () => {
    opsgenie.next = failure(422, 'Not processable', { message: 'Message can not be empty.' });
    expect(await deliver()).toEqual({
      kind: 'rejected',
      reason: 'Opsgenie answered 422: Not processable; message: Message can not be empty.',
    });
  });

  it.each([401, 403])('leaves %i to the retry policy, with its cure', async (status) => {
    opsgenie.next = failure(status, 'No');
    expect(await deliver()).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/give the connection/),
    });
  });

  it('waits for Opsgenie’s period where it has had too much', async () => {
    opsgenie.next = { status: 429, headers: { 'x-ratelimit-period-in-sec': '20' } };
    expect(await deliver()).toMatchObject({ kind: 'retry', afterMs: 20_000 });
    opsgenie.next = { status: 429 };
    expect(await deliver()).toMatchObject({ kind: 'retry', afterMs: 60_000 });
  });

  it('tests a key without an alert', async () => {
    expect(await trial.testConnection(connection)).toMatchObject({ ok: true });
    expect(await trial.testConnection({ apiKey: 'some-other-key' })).toMatchObject({ ok: false });
    opsgenie.next = failure(403, 'You are not authorized');
    expect(await trial.testConnection(connection)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/may not read/),
    });
    expect(opsgenie.alerts.size).toBe(0);
  });
});

describeProvider(
  {
    name: 'opsgenie',
    provider: (origin) => new OpsgenieProvider(origin),
    setups: {
      'by its key': () => ({
        config: { message: '{{ payload.incident.title }}', closeOn: ['incident.resolved'] },
        connection,
        secrets: ['connection.apiKey'],
      }),
    },
    service: {
      start: () => {
        const opsgenie = new FakeOpsgenie();
        return (request) => opsgenie.answer(request);
      },
      delivered: { externalId: /^01990000-/ },
      repeatKey: ({ body }) => JSON.parse(body.toString()).alias,
      options: {},
    },
  },
  { describe, it },
);
