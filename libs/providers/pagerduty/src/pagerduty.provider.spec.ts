import { DeliveredEvent, ProviderTrial, type DeliveryThread } from '@nest-integrations/core';
import {
  describeProvider,
  Receiver,
  type Answer,
  type ReceivedRequest,
} from '@nest-integrations/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { PagerDutyConfig } from './pagerduty-config.js';
import { PagerDutyProvider } from './pagerduty.provider.js';

const KEY = 'not0a0real0key0not0a0real0key000';
const connection = { routingKey: KEY };

const json = (status: number, body: object): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const enqueued = z.looseObject({
  routing_key: z.string(),
  event_action: z.string(),
  dedup_key: z.string(),
  payload: z
    .looseObject({ summary: z.string(), source: z.string(), severity: z.string() })
    .partial()
    .optional(),
});
type Enqueued = z.output<typeof enqueued>;

/** What the Events API would answer, after its published form; it refuses what that would refuse. */
class FakePagerDuty {
  /** State by deduplication key. */
  readonly alerts = new Map<string, 'triggered' | 'acknowledged' | 'resolved'>();
  readonly events: Record<string, unknown>[] = [];
  next: Answer | null = null;

  answer({ method, path, body: sent }: ReceivedRequest): Answer {
    const { next } = this;
    this.next = null;
    if (next) return next;
    if (method !== 'POST' || path !== '/v2/enqueue') return { status: 404 };
    if (sent.length > 512 * 1_024) return { status: 413 };
    const event = enqueued.parse(JSON.parse(sent.toString()));
    const errors = this.errorsOf(event);
    if (errors.length > 0) {
      return json(400, { status: 'invalid event', message: 'Event object is invalid', errors });
    }
    this.events.push(event);
    this.apply(event.event_action, event.dedup_key);
    return json(202, {
      status: 'success',
      message: 'Event processed',
      dedup_key: event.dedup_key,
    });
  }

  private errorsOf({
    routing_key: key,
    event_action: action,
    dedup_key: dedup,
    payload,
  }: Enqueued) {
    return [
      ...(key === KEY ? [] : ['Invalid routing key']),
      ...(['trigger', 'acknowledge', 'resolve'].includes(action)
        ? []
        : ["'event_action' is invalid"]),
      ...(dedup.length <= 255 ? [] : ["Length of 'dedup_key' is incorrect"]),
      ...(action !== 'trigger' || (payload?.summary && payload.summary.length <= 1_024)
        ? []
        : ["'payload.summary' is missing or blank"]),
      ...(action !== 'trigger' || payload?.source ? [] : ["'payload.source' is missing or blank"]),
      ...(action !== 'trigger' || /^(critical|error|warning|info)$/.test(payload?.severity ?? '')
        ? []
        : ["'payload.severity' is invalid"]),
    ];
  }

  private apply(action: string, key: string): void {
    if (action === 'trigger') this.alerts.set(key, 'triggered');
    else if (this.alerts.has(key)) {
      this.alerts.set(key, action === 'resolve' ? 'resolved' : 'acknowledged');
    }
  }
}

describe('pagerduty', () => {
  let receiver: Receiver;
  let pagerDuty: FakePagerDuty;
  let trial: ProviderTrial;

  beforeAll(async () => {
    receiver = await Receiver.start();
    const url = `${new URL(receiver.url).origin}/v2`;
    trial = new ProviderTrial(new PagerDutyProvider(url), { allow: ['127.0.0.0/8'] });
  });

  beforeEach(() => {
    pagerDuty = new FakePagerDuty();
    receiver.answer((request) => pagerDuty.answer(request));
  });

  afterAll(async () => {
    await trial.close();
    await receiver.stop();
  });

  async function deliver(
    config: Partial<PagerDutyConfig> = {},
    given: {
      type?: string;
      incident?: object;
      thread?: DeliveryThread;
      connection?: object;
    } = {},
  ) {
    const { type = 'incident.created', incident = {}, thread = null } = given;
    const payload = { incident: { id: 'INC-1', title: 'Checkout is down', ...incident } };
    const event = new DeliveredEvent(
      'ev-1',
      type,
      '2026-01-31T12:00:00.000Z',
      JSON.stringify(payload),
    );
    const setup = { config, connection: given.connection ?? connection };
    const { outcome } = await trial.attempt(setup, { event, thread });
    return outcome;
  }

  const incidentKey = { dedupKey: '{{ payload.incident.id }}' };

  it('triggers an alert that says what happened', async () => {
    expect(await deliver(incidentKey)).toEqual({ kind: 'delivered', externalId: 'INC-1' });
    expect(pagerDuty.events[0]).toMatchObject({
      event_action: 'trigger',
      client: 'Trial',
      payload: {
        summary: 'incident.created · id: INC-1 · title: Checkout is down',
        source: 'Trial',
        severity: 'error',
        timestamp: '2026-01-31T12:00:00.000Z',
        class: 'incident.created',
        custom_details: { incident: { id: 'INC-1' } },
      },
    });
  });

  it('acknowledges and resolves it by the type of later events', async () => {
    const config = {
      ...incidentKey,
      acknowledgeOn: ['incident.acknowledged'],
      resolveOn: ['incident.resolved', 'incident.closed.*'],
    };
    await deliver(config);
    await deliver(config, { type: 'incident.acknowledged' });
    expect(pagerDuty.alerts.get('INC-1')).toBe('acknowledged');
    await deliver(config, { type: 'incident.closed.automatically' });
    expect(pagerDuty.alerts.get('INC-1')).toBe('resolved');
    expect(pagerDuty.events.at(-1)).not.toHaveProperty('payload');
  });

  it('knows the alert by the thread key where there is no other', async () => {
    const thread = { key: 'INC-7', externalId: null, externalUrl: null };
    expect(await deliver({ resolveOn: ['incident.resolved'] }, { thread })).toMatchObject({
      externalId: 'INC-7',
    });
  });

  it('gives an event without a key an alert of its own', async () => {
    expect(await deliver()).toMatchObject({ externalId: 'ev-1' });
  });

  it('resolves nothing where it is not known what: it says what is missing', async () => {
    const outcome = await deliver({ resolveOn: ['incident.created'] });
    expect(outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/deduplication key.*thread key/),
    });
    expect(pagerDuty.events).toEqual([]);
  });

  it.each([
    ['P1', 'critical'],
    ['Major', 'error'],
    ['medium', 'warning'],
    ['low', 'info'],
    ['melting', 'critical'],
    ['peculiar', 'warning'],
    ['', 'warning'],
  ])('takes the severity %j for %s', async (word, severity) => {
    const config: Partial<PagerDutyConfig> = {
      severity: '{{ payload.incident.severity }}',
      severities: { Melting: 'critical' },
      defaultSeverity: 'warning',
    };
    await deliver(config, { incident: { severity: word } });
    expect(pagerDuty.events[0]).toMatchObject({ payload: { severity } });
  });

  it('fills the alert by templates, and links only to the web', async () => {
    const config = {
      summary: 'Down: {{ payload.incident.title }}',
      source: 'shop',
      component: 'checkout',
      group: 'eu',
      class: 'outage',
      link: '{{ payload.incident.url }}',
    };
    await deliver(config, { incident: { url: 'https://shop.example/INC-1' } });
    await deliver(config, { incident: { url: 'javascript:alert(1)' } });
    expect(pagerDuty.events[0]).toMatchObject({
      links: [{ href: 'https://shop.example/INC-1', text: 'incident.created' }],
      payload: {
        summary: 'Down: Checkout is down',
        source: 'shop',
        component: 'checkout',
        group: 'eu',
        class: 'outage',
      },
    });
    expect(pagerDuty.events[1]).not.toHaveProperty('links');
  });

  it('stays within PagerDuty’s bounds, and keeps long keys apart', async () => {
    const incident = { title: 'x'.repeat(600_000) };
    await deliver({ summary: '{{ payload.incident.title }}' }, { incident });
    expect(pagerDuty.events[0]).toMatchObject({
      payload: { custom_details: { note: expect.stringMatching(/too large/) } },
    });
    const long = 'k'.repeat(300);
    const first = await deliver({ dedupKey: `${long}1` });
    const second = await deliver({ dedupKey: `${long}2` });
    expect([first, second]).toMatchObject([{ kind: 'delivered' }, { kind: 'delivered' }]);
    expect(first).not.toEqual(second);
  });

  it('leaves a key that is not known to the retry policy, with its cure', async () => {
    const outcome = await deliver({}, { connection: { routingKey: 'x'.repeat(32) } });
    expect(outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/give the connection a new one/),
    });
  });

  it('rejects what PagerDuty says is no event, with its errors', async () => {
    const errors = ["'payload.summary' is missing or blank"];
    pagerDuty.next = json(400, {
      status: 'invalid event',
      message: 'Event object is invalid',
      errors,
    });
    expect(await deliver()).toEqual({
      kind: 'rejected',
      reason: "PagerDuty answered 400: 'payload.summary' is missing or blank",
    });
  });

  it('waits half a minute where PagerDuty has had too much and does not say how long', async () => {
    pagerDuty.next = { status: 429 };
    expect(await deliver()).toMatchObject({ kind: 'retry', afterMs: 30_000 });
  });

  it('tests a key without an alert', async () => {
    expect(await trial.testConnection(connection)).toMatchObject({ ok: true });
    expect(pagerDuty.alerts.size).toBe(0);
    expect(await trial.testConnection({ routingKey: 'x'.repeat(32) })).toMatchObject({ ok: false });
  });
});

describeProvider(
  {
    name: 'pagerduty',
    provider: (origin) => new PagerDutyProvider(`${origin}/v2`),
    setups: {
      'by its key': () => ({
        config: { summary: '{{ payload.incident.title }}', resolveOn: ['incident.resolved'] },
        connection,
        secrets: ['connection.routingKey'],
      }),
    },
    service: {
      start: () => {
        const pagerDuty = new FakePagerDuty();
        return (request) => pagerDuty.answer(request);
      },
      situations: {
        unauthorized: {
          answer: json(400, { status: 'invalid event', errors: ['Invalid routing key'] }),
        },
      },
      delivered: { externalId: /^01990000-/ },
      repeatKey: ({ body }) => JSON.parse(body.toString()).dedup_key,
      options: {},
    },
  },
  { describe, it },
);
