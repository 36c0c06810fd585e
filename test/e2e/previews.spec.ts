import {
  delivered,
  fromResponse,
  IntegrationEvent,
  IntegrationProvider,
  IntegrationPublisher,
  rejected,
  Template,
  templateScopeOf,
  versioned,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
} from '@nest-integrations/core';
import { Receiver } from '@nest-integrations/testing';
import { Injectable, type INestApplication } from '@nestjs/common';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { adminCalls, startAdminHost } from '../support/admin-host.js';
import { eventually } from '../support/eventually.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { until } from '../support/until.js';

const incident = z.object({ id: z.string(), severity: z.enum(['low', 'high']) });

@Injectable()
class IncidentEvents {
  @IntegrationEvent({ hook: 'incident.created', displayName: 'Created', payload: incident })
  created(emitted: z.output<typeof incident>) {
    return emitted;
  }
}

const ticketConfig = z.strictObject({ url: z.string(), body: z.string() });
type TicketConfig = z.output<typeof ticketConfig>;

/** Leaves what its template throws to the engine. */
@Injectable()
@IntegrationProvider({
  id: 'ticket',
  displayName: 'Ticket',
  config: versioned(1, ticketConfig),
  threads: true,
})
class TicketProvider implements DeliveryProvider<TicketConfig> {
  async deliver(context: DeliveryContext<TicketConfig>): Promise<DeliveryOutcome> {
    const { config, http, thread } = context;
    const body = Template.compile(config.body, 'json').render(templateScopeOf(context));
    const response = await http.post(config.url, { json: { body, joins: thread?.externalId } });
    return response.ok ? delivered({ externalId: 'T-1' }) : fromResponse(response);
  }
}

@Injectable()
@IntegrationProvider({
  id: 'letter',
  displayName: 'Letter',
  config: versioned(1, z.strictObject({})),
})
class LetterProvider implements DeliveryProvider {
  async deliver(): Promise<DeliveryOutcome> {
    return rejected('It has no stamp');
  }

  async preview(): Promise<DeliveryOutcome> {
    return this.deliver();
  }
}

const TOKEN = 'a-token-of-the-receiver';
const TABLES = [
  'integration_events',
  'integration_subscriptions',
  'deliveries',
  'delivery_logs',
  'integration_audit_log',
];

describe('previews', () => {
  let database: FreshDatabase;
  let app: INestApplication;
  let receiver: Receiver;
  let ask: ReturnType<ReturnType<typeof adminCalls>>;
  let asOther: ReturnType<ReturnType<typeof adminCalls>>;
  let asThird: ReturnType<ReturnType<typeof adminCalls>>;

  const rows = async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const counts: number[] = [];
    for (const table of TABLES) {
      const found = await client.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM integration.${table}`,
      );
      counts.push(found.rows[0]?.n ?? -1);
    }
    await client.end();
    return counts;
  };
  const webhook = (changes: object = {}) => ({
    name: 'On call',
    eventTypes: ['incident.*'],
    provider: 'webhook',
    config: { url: receiver.url, auth: { type: 'bearer', token: TOKEN } },
    ...changes,
  });
  const created = async (changes: object = {}) => {
    const { status, body } = await ask('POST', '/subscriptions', webhook(changes));
    expect(status).toBe(201);
    return String(body['id']);
  };

  beforeAll(async () => {
    database = await freshDatabase();
    receiver = await Receiver.start();
    app = await startAdminHost(database.url, [IncidentEvents, TicketProvider, LetterProvider]);
    ask = adminCalls(app)('acme/ann');
    asOther = adminCalls(app)('other/bob');
    asThird = adminCalls(app)('third/cat');
  });

  afterAll(async () => {
    await app.close();
    await receiver.stop();
    await database.drop();
  });

  beforeEach(() => {
    receiver.requests.length = 0;
  });

  it('of a draft show the request, signed and without its secrets; nothing is sent or stored', async () => {
    const before = await rows();
    const { status, body, text } = await ask('POST', '/subscriptions/preview', {
      ...webhook({
        filter: { severity: 'high' },
        transform: '(e) => { console.log("seen"); return { was: e.payload.severity }; }',
      }),
      payload: { id: 'INC-1', severity: 'low' },
    });
    expect([status, text.includes(TOKEN)]).toEqual([200, false]);
    expect(body).toMatchObject({
      event: { type: 'incident.created', payload: { id: 'INC-1', severity: 'low' } },
      current: null,
      draft: {
        matches: { type: true, filter: false },
        transformed: { result: 'event', payload: { was: 'low' }, console: ['seen'] },
        outcome: 'delivered',
        error: null,
        requests: [
          {
            method: 'POST',
            url: receiver.url,
            contentType: 'application/json',
            body: expect.stringContaining('"data":{"was":"low"}'),
            dependsOnAnswer: false,
            headers: expect.arrayContaining([
              { name: 'authorization', value: '[redacted]' },
              { name: 'webhook-signature', value: expect.stringMatching(/^v1,/) },
            ]),
          },
        ],
      },
    });
    expect(receiver.requests).toEqual([]);
    expect(await rows()).toEqual(before);
  });

  it('of a change stand beside what is sent now, with the secrets that it leaves out', async () => {
    const subscriptionId = await created();
    const before = await rows();
    const { body, text } = await ask('POST', '/subscriptions/preview', {
      subscriptionId,
      config: { url: `${receiver.url}/new`, auth: { type: 'bearer' } },
    });
    expect(text).not.toContain(TOKEN);
    expect(body).toMatchObject({
      draft: { requests: [{ url: `${receiver.url}/new` }] },
      current: { requests: [{ url: receiver.url }] },
    });
    expect(await rows()).toEqual(before);
    const foreign = await asOther('POST', '/subscriptions/preview', { subscriptionId });
    expect(foreign.status).toBe(404);
  });

  it('say what stands in the way: of the form, of the address, of the transformation', async () => {
    const wrong = await ask('POST', '/subscriptions/preview', { ...webhook(), filter: { no: 1 } });
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ field: 'filter.no' }] } });
    const nothing = await ask('POST', '/subscriptions/preview', {});
    expect(nothing).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'provider' }, { field: 'config' }, { field: 'eventTypes' }] },
    });
    const blocked = await ask('POST', '/subscriptions/preview', {
      ...webhook({ config: { url: 'http://169.254.169.254/latest' } }),
    });
    expect(blocked).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'config.url', message: expect.stringContaining('metadata') }] },
    });
    const failed = await ask('POST', '/subscriptions/preview', {
      ...webhook({ transform: '(e) => {\n return e.a.b;\n}' }),
    });
    expect(failed.body).toMatchObject({
      draft: {
        outcome: 'rejected',
        requests: [],
        transformed: { result: 'failed', error: expect.stringContaining('(line 2)') },
      },
    });
  });

  it('say of a template that fails what its delivery does: it is rejected', async () => {
    const broken = {
      ...webhook(),
      provider: 'ticket',
      config: { url: receiver.url, body: 'no JSON {{ payload.id }}' },
      threadKey: '{{ payload.id }}',
    };
    const { body } = await asThird('POST', '/subscriptions/preview', broken);
    const error = expect.stringContaining('The template does not yield JSON');
    expect(body).toMatchObject({ draft: { outcome: 'rejected', error, requests: [] } });
    const { body: subscription } = await asThird('POST', '/subscriptions', broken);
    const payload = { id: 'INC-0', severity: 'low' };
    await app.get(IntegrationPublisher).publish('incident.created', payload, { tenant: 'third' });
    const ended = await eventually(async () => {
      const path = `/deliveries?status=failed&subscriptionId=${String(subscription['id'])}`;
      const { items } = z
        .object({ items: z.array(z.looseObject({})) })
        .parse((await asThird('GET', path)).body);
      return items[0];
    });
    expect(ended).toMatchObject({ attempts: 1, lastError: error });
    await asThird('DELETE', `/subscriptions/${String(subscription['id'])}`);
  });

  it('know the thread that it would open, and once that is open what it would join', async () => {
    const fields = {
      name: 'Tickets',
      eventTypes: ['incident.*'],
      provider: 'ticket',
      config: { url: receiver.url, body: '"{{ payload.id }}"' },
      threadKey: '{{ payload.id }}',
    };
    const payload = { id: 'INC-1', severity: 'low' };
    const { body: opens } = await asThird('POST', '/subscriptions/preview', { ...fields, payload });
    expect(opens).toMatchObject({
      draft: { outcome: 'delivered', thread: { key: 'INC-1', externalId: null } },
    });
    const { body: subscription } = await asThird('POST', '/subscriptions', fields);
    const subscriptionId = String(subscription['id']);
    await app.get(IntegrationPublisher).publish('incident.created', payload, { tenant: 'third' });
    const joins = await eventually(async () => {
      const draft = { subscriptionId, payload };
      const { body } = await asThird('POST', '/subscriptions/preview', draft);
      return JSON.stringify(body['draft']).includes('T-1') ? body : undefined;
    });
    expect(joins).toMatchObject({
      draft: {
        thread: { key: 'INC-1', externalId: 'T-1' },
        requests: [{ body: expect.stringContaining('"joins":"T-1"') }],
      },
    });
    const { body: none } = await asThird('POST', '/subscriptions/preview', {
      ...webhook(),
      payload,
    });
    expect(none).toMatchObject({ draft: { thread: null } });
    await asThird('DELETE', `/subscriptions/${subscriptionId}`);
  });

  it('say what a provider says that sends by other means, where it would send nothing', async () => {
    const letter = { ...webhook(), provider: 'letter', config: {} };
    const { body } = await ask('POST', '/subscriptions/preview', letter);
    expect(body).toMatchObject({ draft: { outcome: 'rejected', error: 'It has no stamp' } });
  });

  it('ask for no token where a token would be asked for first', async () => {
    const { body } = await ask('POST', '/subscriptions/preview', {
      ...webhook({
        config: {
          url: receiver.url,
          auth: {
            type: 'oauth2',
            tokenUrl: `${receiver.url}/token`,
            clientId: 'c',
            clientSecret: 's3cr3t-of-client',
          },
        },
      }),
    });
    expect(JSON.stringify(body)).not.toContain('s3cr3t-of-client');
    expect(body).toMatchObject({ draft: { outcome: 'delivered' } });
    expect(receiver.requests).toEqual([]);
  });

  it('of a filter say which of the latest events it lets through', async () => {
    const publisher = app.get(IntegrationPublisher);
    for (const severity of ['low', 'high', 'low'] as const) {
      await publisher.publish('incident.created', { id: 'I', severity }, { tenant: 'acme' });
    }
    const filtered = await ask('POST', '/subscriptions/filter-preview', {
      eventTypes: ['incident.*'],
      filter: { severity: 'low' },
      last: 10,
    });
    expect(filtered.body).toMatchObject({ matched: 2, of: 3 });
    expect(filtered.body['examples']).toMatchObject([
      { matched: true },
      { matched: false },
      { matched: true },
    ]);
    const theirs = await asOther('POST', '/subscriptions/filter-preview', {
      eventTypes: ['*'],
    });
    expect(theirs.body).toMatchObject({ matched: 0, of: 0 });
  });

  it('of a retry policy say when each attempt comes, and the last', async () => {
    const { body } = await ask('POST', '/subscriptions/retry-preview', {
      retryPolicy: { delaysSeconds: [10, 100], jitter: 0.1 },
    });
    const last = { attempt: 3, afterMs: 110_000, earliestMs: 99_000, latestMs: 121_000 };
    expect(body).toEqual({
      attempts: [
        { attempt: 1, afterMs: 0, earliestMs: 0, latestMs: 0 },
        { attempt: 2, afterMs: 10_000, earliestMs: 9_000, latestMs: 11_000 },
        last,
      ],
      givesUpAfter: last,
    });
  });

  it('of a template show what it yields, what it names in vain, and where it breaks', async () => {
    const preview = async (template: string) =>
      (
        await ask('POST', '/templates/preview', {
          template,
          target: 'text',
          eventType: 'incident.created',
          subscriptionName: 'Mine',
        })
      ).body;
    expect(await preview('{{ event.type }} for {{ subscription.name }}')).toEqual({
      output: 'incident.created for Mine',
      unknownVariables: [],
      error: null,
    });
    expect(await preview('a\n{{ payload.titel }}')).toMatchObject({
      unknownVariables: [{ path: 'payload.titel', line: 2 }],
    });
    expect(await preview('a\n{% if %}')).toMatchObject({ output: null, error: { line: 2 } });
  });

  it('end where a test begins: that one is sent, by the secrets of what it changes', async () => {
    const subscriptionId = await created();
    const { body } = await ask('POST', '/subscriptions/test', {
      subscriptionId,
      config: { url: `${receiver.url}/draft`, auth: { type: 'bearer' } },
    });
    expect(body).toMatchObject({ outcome: 'delivered', response: { status: 200 } });
    await until('the request', () => receiver.requests.length === 1);
    expect(receiver.requests[0]).toMatchObject({
      path: '/hook/draft',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
  });
});
