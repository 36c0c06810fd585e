import { DeliveredEvent, ProviderTrial, type DeliveryThread } from '@nest-integrations/core';
import {
  describeProvider,
  FakeTeams,
  Receiver,
  type Answer,
  type ReceivedRequest,
} from '@nest-integrations/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TeamsConfig } from './teams-config.js';
import { TeamsProvider } from './teams.provider.js';

const TOKEN = 'ey-not-a-real-token';
const SIGNATURE = 'secret-part';
const { teamId: TEAM, channelId: CHANNEL } = FakeTeams.place;
const graph = {
  method: 'graph',
  tenant: 'acme.example',
  clientId: '99999999-2222-3333-4444-555555555555',
  clientSecret: 'not-a-real-secret',
};

const eventWith = (payload: object) =>
  new DeliveredEvent(
    'ev-1',
    'incident.created',
    '2026-01-02T03:04:05.678Z',
    JSON.stringify(payload),
  );
const event = eventWith({ incident: { id: 'INC-1', title: '[x](http://evil) & {{DATE(1)}}' } });

const refused = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ error: { code, message: `about ${code}` } }),
});

describe('teams', () => {
  let receiver: Receiver;
  let teams: FakeTeams;
  let trial: ProviderTrial;
  const origin = () => new URL(receiver.url).origin;

  beforeEach(async () => {
    receiver = await Receiver.start();
    teams = new FakeTeams({ signature: SIGNATURE, accessToken: TOKEN });
    receiver.answer((request) => teams.answer(request));
    trial = new ProviderTrial(new TeamsProvider(`${origin()}/v1.0`), { allow: ['127.0.0.0/8'] });
  });

  afterEach(async () => {
    await trial.close();
    await receiver.stop();
  });

  interface Given {
    readonly of?: DeliveredEvent;
    readonly thread?: DeliveryThread;
    readonly connection?: object;
  }

  const deliver = (config: Partial<TeamsConfig> = {}, given: Given = {}) => {
    const { of = event, thread = null, connection = graph } = given;
    const place = connection === graph ? { teamId: TEAM, channelId: CHANNEL } : {};
    return trial.attempt(
      { config: { ...place, ...config }, connection, accessToken: TOKEN },
      { event: of, thread },
    );
  };
  const workflow = () => ({ method: 'workflow', url: `${origin()}/workflows/1?sig=${SIGNATURE}` });
  const opened = (messageId: string): DeliveryThread => ({
    key: 'INC-1',
    externalId: `${TEAM}/${CHANNEL}/${messageId}`,
    externalUrl: null,
  });

  it('posts the event by Graph and says where it is, its token in no log', async () => {
    const { outcome, exchange } = await deliver();
    expect(outcome).toEqual({
      kind: 'delivered',
      externalId: `${TEAM}/${CHANNEL}/170000000001`,
      externalUrl: 'https://teams.microsoft.com/l/message/170000000001',
    });
    expect(JSON.stringify(exchange)).not.toContain(TOKEN);
    expect(teams.messages[0]?.card).toMatchObject({
      body: [
        { text: 'incident.created' },
        { facts: [{ title: 'id', value: 'INC-1' }, { title: 'title' }] },
        { text: '{{DATE(2026-01-02T03:04:05Z, SHORT)}} {{TIME(2026-01-02T03:04:05Z)}}' },
      ],
    });
  });

  it('lets no value of an event become a link or a date', async () => {
    await deliver();
    await deliver({ title: 'New: {{ payload.incident.title }}' });
    const texts = JSON.stringify(teams.messages);
    expect(texts).not.toContain('[x](http://evil)');
    expect(texts).not.toContain('{{DATE(1)}}');
  });

  it('posts a card by a template, and rejects what is none or too large', async () => {
    const card =
      '{ "type": "AdaptiveCard", "version": "1.5", "body": [{ "type": "TextBlock", "text": {{ payload.incident.id }} }] }';
    await deliver({ card });
    expect(teams.messages[0]?.card).toMatchObject({ version: '1.5', body: [{ text: 'INC-1' }] });
    expect((await deliver({ card: '{ "type": "message" }' })).outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('AdaptiveCard'),
    });
    const large = eventWith({ incident: { id: 'x'.repeat(30_000) } });
    expect((await deliver({ card }, { of: large })).outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/bytes; Teams takes 28000/),
    });
  });

  it('cuts long values of its own card until they fit, quotes and emoji too', async () => {
    const value = '"😀'.repeat(10_000);
    const payload = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, value]));
    for (const connection of [graph, workflow()]) {
      const { outcome } = await deliver({}, { of: eventWith(payload), connection });
      expect(outcome).toMatchObject({ kind: 'delivered' });
    }
    expect(JSON.stringify(teams.messages[0]?.card)).toContain('…');
  });

  it('replies in its thread, and opens it anew where its message is gone', async () => {
    await deliver();
    const reply = await deliver({}, { thread: opened('170000000001') });
    expect(reply.outcome).toMatchObject({ kind: 'delivered' });
    expect(teams.messages[1]?.path).toMatch(/\/messages\/170000000001\/replies$/);
    const { outcome } = await deliver({}, { thread: opened('999') });
    expect(outcome).toMatchObject({ kind: 'delivered', reopensThread: true });
    expect(teams.messages[2]?.path).toMatch(/\/messages$/);
  });

  it.each([
    [429, { kind: 'retry', afterMs: 7_000 }],
    [503, { kind: 'retry', afterMs: 7_000 }],
    [504, { kind: 'retry', afterMs: 7_000 }],
    [400, { kind: 'rejected' }],
    [413, { kind: 'rejected' }],
    [403, { kind: 'retry', clientError: true, reason: expect.stringMatching(/ChannelMessage/) }],
    [404, { kind: 'retry', clientError: true, reason: expect.stringMatching(/not there/) }],
    [410, { kind: 'retry', clientError: true }],
  ])('takes a %i of Graph’s for what it means', async (status, outcome) => {
    teams.next = refused(status, 'SomeCode', { 'retry-after': '7' });
    const seen = (await deliver()).outcome;
    expect(seen).toMatchObject(outcome);
    expect(seen).toMatchObject({ reason: expect.stringContaining('about SomeCode') });
  });

  it('says that nobody has signed in', async () => {
    const setup = { config: { teamId: TEAM, channelId: CHANNEL }, connection: graph };
    const { outcome } = await trial.attempt(setup, { event });
    expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringContaining('signed in') });
  });

  it('needs a team and a channel with Graph', async () => {
    const { outcome } = await deliver({ channelId: undefined });
    expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringMatching(/channel/) });
  });

  it.each([
    [400, 'WorkflowTriggerIsNotEnabled', /turn it on/],
    [404, 'WorkflowNotFound', /make a new one/],
    [401, 'DirectApiAuthorizationRequired', /copy it again/],
  ])('leaves a %i %s of a workflow to the retry policy, with its cure', async (...told) => {
    const [status, code, cure] = told;
    teams.next = refused(status, code);
    expect((await deliver({}, { connection: workflow() })).outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(cure),
    });
  });

  it('tells who signed in, and posts nothing for it', async () => {
    expect(await trial.testConnection(graph, { accessToken: TOKEN })).toEqual({
      ok: true,
      message: 'Signed in as Notifier (notifier@acme.example)',
    });
    expect(await trial.testConnection(graph, { accessToken: 'an-old-one' })).toEqual({
      ok: false,
      message: expect.stringMatching(/401 .*sign in again/),
    });
    expect(teams.messages).toEqual([]);
  });

  it('lists teams, and a team’s channels by the page; a cursor leads nowhere but to Graph', async () => {
    const setup = { config: {}, connection: graph, accessToken: TOKEN };
    const channels = (asked: { search?: string; cursor?: string }) =>
      trial.options(setup, { field: 'channelId', values: { teamId: TEAM }, ...asked });
    const first = await channels({});
    expect(first.options).toEqual([{ value: CHANNEL, label: 'Ops' }]);
    const next = await channels({ cursor: first.nextCursor ?? '' });
    expect(next).toEqual({ options: [{ value: '19:night@thread.tacv2', label: '🔒 Night' }] });
    expect((await channels({ search: 'nig' })).options).toHaveLength(1);
    for (const cursor of ['http://evil.example/v1.0/', `${origin()}/v2/`, 'x']) {
      await expect(channels({ cursor })).rejects.toThrow(/cursor/);
    }
  });
});

const serviceOf = () => {
  const teams = new FakeTeams({ signature: SIGNATURE, accessToken: TOKEN });
  return (request: ReceivedRequest) => teams.answer(request);
};

describeProvider(
  {
    name: 'teams',
    provider: (origin) => new TeamsProvider(`${origin}/v1.0`),
    setups: {
      'with Microsoft Graph': () => ({
        config: { teamId: TEAM, channelId: CHANNEL, title: 'New: {{ payload.incident.title }}' },
        connection: graph,
        accessToken: TOKEN,
        secrets: ['connection.clientSecret'],
        secretTexts: [TOKEN],
      }),
    },
    service: {
      start: serviceOf,
      delivered: { externalId: new RegExp(`^${TEAM}/`), externalUrl: /teams\.microsoft\.com/ },
      options: {
        teamId: { options: [{ value: TEAM, label: 'Platform', description: 'Runs it' }] },
        channelId: { values: { teamId: TEAM }, options: [{ value: CHANNEL, label: 'Ops' }] },
      },
    },
  },
  { describe, it },
);

describeProvider(
  {
    name: 'teams',
    provider: (origin) => new TeamsProvider(`${origin}/v1.0`),
    setups: {
      'with a workflow': (origin) => ({
        config: {},
        connection: { method: 'workflow', url: `${origin}/workflows/1?sig=${SIGNATURE}` },
        secrets: ['connection.url'],
        secretTexts: [SIGNATURE],
      }),
    },
    service: {
      start: serviceOf,
      // It answers before it posts: 200 with whatever body is as good as 202.
      situations: { malformed: { outcome: 'delivered' } },
      options: {
        teamId: { options: /its own channel/ },
        channelId: { values: { teamId: TEAM }, options: /its own channel/ },
      },
    },
  },
  { describe, it },
);
