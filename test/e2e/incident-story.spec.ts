import { FakeJira, FakeSlack, FakeTeams, Receiver } from '@nest-integrations/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idOf, PlatformProcess } from '../support/platform.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { freePort } from '../support/redis.js';

const SLACK_TOKEN = 'xoxb-not-a-real-token';
const JIRA = {
  edition: 'cloud',
  email: 'integrations@acme.example',
  apiToken: 'not-a-real-token',
} as const;
const WORKFLOW_SIGNATURE = 'not-a-real-signature';
const EVENT_TYPES = ['incident.created', 'incident.updated', 'incident.resolved'];
const IN_A_THREAD_EACH = { eventTypes: EVENT_TYPES, threadKey: '{{ payload.id }}' };

interface Subscription {
  readonly id: string;
  readonly eventTypes: readonly string[];
}

interface Delivery {
  readonly id: string;
  readonly eventType: string;
  readonly status: string;
  readonly externalId: string | null;
  readonly externalUrl: string | null;
}

describe('one incident, created, updated and resolved', () => {
  let database: FreshDatabase;
  let dataDir: string;
  let platform: PlatformProcess;
  const receivers: Receiver[] = [];
  const slack = new FakeSlack(SLACK_TOKEN);
  const teams = new FakeTeams({ signature: WORKFLOW_SIGNATURE });
  const jira = new FakeJira(JIRA);
  jira.fields = jira.fields.filter(({ fieldId }) => fieldId !== 'customfield_10011');

  const serve = async (fake: FakeSlack | FakeJira | FakeTeams) => {
    const receiver = await Receiver.start();
    receiver.answer((request) => fake.answer(request));
    receivers.push(receiver);
    return new URL(receiver.url).origin;
  };
  const admin = async (method: string, path: string, body?: object) => {
    const response = await platform.admin(method, path, body);
    expect(response.status, JSON.stringify(response.body)).toBeLessThan(300);
    return response.body;
  };
  /** An admin connects a service, and subscribes it. */
  const subscribe = async (
    provider: string,
    {
      connection,
      ...given
    }: { connection: object; config: object; eventTypes: string[]; threadKey?: string },
  ): Promise<Subscription> => {
    const connectionId = idOf(
      await admin('POST', '/connections', { name: provider, provider, config: connection }),
    );
    const body = { name: provider, provider, connectionId, ...given };
    return { id: idOf(await admin('POST', '/subscriptions', body)), eventTypes: given.eventTypes };
  };
  /** In the order in which they happened. */
  const deliveriesOf = async ({ id }: Subscription): Promise<Delivery[]> => {
    const body = await admin('GET', `/deliveries?subscriptionId=${id}`);
    return (body as { items: Delivery[] }).items.toReversed();
  };
  const allDelivered = async (subscription: Subscription): Promise<Delivery[]> => {
    await expect
      .poll(async () => (await deliveriesOf(subscription)).map(({ status }) => status), {
        timeout: 20_000,
      })
      .toEqual(subscription.eventTypes.map(() => 'delivered'));
    return deliveriesOf(subscription);
  };
  const change = async (method: string, path: string, body?: object) => {
    const response = await platform.request(method, path, body);
    expect(response.status, JSON.stringify(response.body)).toBeLessThan(300);
    return response.body;
  };

  let subscriptions: Record<'slack' | 'jira' | 'teams', Subscription>;

  beforeAll(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-story-'));
    platform = await PlatformProcess.start({
      port: await freePort(),
      dataDir,
      databaseUrl: database.url,
      environment: { SLACK_API_URL: `${await serve(slack)}/api` },
    });
    const toSlack = await subscribe('slack', {
      ...IN_A_THREAD_EACH,
      connection: { method: 'bot', token: SLACK_TOKEN },
      config: { channel: 'C0000001', text: '*{{ payload.title }}* is {{ payload.status }}' },
    });
    const toJira = await subscribe('jira', {
      ...IN_A_THREAD_EACH,
      connection: { ...JIRA, baseUrl: await serve(jira) },
      config: {
        projectKey: 'OPS',
        issueTypeId: '10001',
        summary: '{{ payload.title }}',
        description: 'Severity {{ payload.severity }}, see {{ payload.link }}',
        fields: [
          {
            fieldId: 'priority',
            value: '{% if payload.severity == "critical" %}Highest{% else %}Medium{% endif %}',
          },
        ],
        comment: '{{ event.type }}: {{ payload.severity }}, {{ payload.status }}',
        transitions: [{ eventType: 'incident.resolved', to: 'Done' }],
      },
    });
    // A workflow has no threads: it tells of the beginning alone.
    const toTeams = await subscribe('teams', {
      eventTypes: ['incident.created'],
      connection: {
        method: 'workflow',
        url: `${await serve(teams)}/workflows/1/triggers/manual/paths/invoke?sig=${WORKFLOW_SIGNATURE}`,
      },
      config: { title: 'New: {{ payload.title }}' },
    });
    subscriptions = { slack: toSlack, jira: toJira, teams: toTeams };
    const id = idOf(
      await change('POST', '/incidents', { title: 'Checkout is down', severity: 'critical' }),
    );
    await change('PATCH', `/incidents/${id}`, { severity: 'major' });
    await change('POST', `/incidents/${id}/resolve`);
  });

  afterAll(async () => {
    await platform.kill('SIGTERM');
    for (const receiver of receivers) await receiver.stop();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('is one thread in Slack, with two replies', async () => {
    const deliveries = await allDelivered(subscriptions.slack);
    const [first, ...replies] = slack.messages;
    expect(first?.body).toMatchObject({ text: '*Checkout is down* is open' });
    expect(first?.body).not.toHaveProperty('thread_ts');
    expect(replies.map(({ body }) => body)).toMatchObject([
      { thread_ts: first?.ts, text: '*Checkout is down* is open' },
      { thread_ts: first?.ts, text: '*Checkout is down* is resolved' },
    ]);
    expect(deliveries.map(({ eventType, externalId }) => [eventType, externalId])).toEqual(
      slack.messages.map(({ ts }, i) => [EVENT_TYPES[i], `C0000001/${ts}`]),
    );
  });

  it('is one issue in Jira, commented and done', async () => {
    const deliveries = await allDelivered(subscriptions.jira);
    expect(jira.issues).toMatchObject([
      {
        key: 'OPS-1',
        status: 'Done',
        fields: { summary: 'Checkout is down', priority: { name: 'Highest' } },
        comments: [{}, {}],
      },
    ]);
    const said = JSON.stringify(jira.issues[0]?.comments);
    expect(said).toContain('incident.updated: major, open');
    expect(said).toContain('incident.resolved: major, resolved');
    expect(deliveries.map(({ eventType, externalId }) => [eventType, externalId])).toEqual(
      EVENT_TYPES.map((type) => [type, 'OPS-1']),
    );
    expect(deliveries[2]?.externalUrl).toMatch(/\/browse\/OPS-1\?focusedCommentId=\d+$/);
  });

  it('is one card in Teams, which a workflow gives no id', async () => {
    const deliveries = await allDelivered(subscriptions.teams);
    expect(teams.messages).toMatchObject([
      { card: { body: [{ text: 'New: Checkout is down' }, { type: 'FactSet' }, {}] } },
    ]);
    expect(deliveries).toMatchObject([
      { eventType: 'incident.created', externalId: null, externalUrl: null },
    ]);
  });

  it('keeps the credentials of each out of its log', async () => {
    for (const subscription of Object.values(subscriptions)) {
      for (const delivery of await allDelivered(subscription)) {
        const shown = JSON.stringify(await admin('GET', `/deliveries/${delivery.id}`));
        expect(shown).toContain(delivery.externalId ?? 'New: Checkout is down');
        expect(shown).not.toContain(SLACK_TOKEN);
        expect(shown).not.toContain(JIRA.apiToken);
        expect(shown).not.toContain(WORKFLOW_SIGNATURE);
      }
    }
  });
});
