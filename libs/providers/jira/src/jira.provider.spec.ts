import {
  DeliveredEvent,
  OutboundHttp,
  RecordedHttp,
  type DeliveryContext,
  type DeliveryThread,
} from '@nest-integrations/core';
import {
  describeProvider,
  FakeJira,
  oauthTokens,
  Receiver,
  type Answer,
} from '@nest-integrations/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { jiraConfig, jiraConnection, type JiraConfig, type JiraConnection } from './jira-config.js';
import { JiraProvider } from './jira.provider.js';

const TOKEN = 'not-a-real-token';
const EMAIL = 'integrations@acme.example';
const event = new DeliveredEvent(
  'ev-1',
  'incident.created',
  '2026-01-02T03:04:05.678Z',
  '{"incident":{"id":"INC-1","title":"Checkout *down*\\nagain","severity":"CRITICAL","points":5}}',
);
const resolved = new DeliveredEvent(
  'ev-2',
  'incident.resolved',
  event.occurredAt,
  event.payloadJson,
);
const LABEL = expect.stringMatching(/^event-ev-1-[0-9a-f]{8}$/);
const PLACE = { projectKey: 'OPS', issueTypeId: '10001' } as const;
const SEVERITY = { fieldId: 'customfield_10011', value: '{{ payload.incident.severity }}' };

const access = {
  cloud: { edition: 'cloud', email: EMAIL, apiToken: TOKEN },
  'data-center': { edition: 'data-center', personalAccessToken: TOKEN },
} as const;

describe.each(['cloud', 'data-center'] as const)('jira, %s', (edition) => {
  let receiver: Receiver;
  let outbound: OutboundHttp;
  let jira: FakeJira;
  let provider: JiraProvider;
  const site = () => `${new URL(receiver.url).origin}`;
  const connection = (changes: object = {}): JiraConnection =>
    jiraConnection.parse({ ...access[edition], baseUrl: `${site()}/`, ...changes });
  const client = (timeoutMs = 2_000) =>
    new RecordedHttp({ http: outbound, timeoutMs, secretValues: [TOKEN] });
  const sent = () =>
    receiver.requests.map(
      ({ method, path }) => `${method} ${path.replace(/^\/rest\/api\/\d/, '')}`,
    );

  beforeAll(async () => {
    receiver = await Receiver.start();
    outbound = new OutboundHttp({ allow: ['127.0.0.0/8'] });
  });

  beforeEach(() => {
    jira = new FakeJira(access[edition]);
    receiver.requests.length = 0;
    receiver.answer((request) => jira.answer(request));
    provider = new JiraProvider();
  });

  afterAll(async () => {
    await outbound.close();
    await receiver.stop();
  });

  interface Given {
    readonly event?: DeliveredEvent;
    readonly thread?: DeliveryThread;
    readonly attempt?: number;
    readonly connection?: JiraConnection;
    readonly subscriptionId?: string;
  }

  async function deliver(config: Partial<z.input<typeof jiraConfig>> = {}, given: Given = {}) {
    const http = client();
    const notes: string[] = [];
    const context: DeliveryContext<JiraConfig, JiraConnection> = {
      event: given.event ?? event,
      delivery: {
        id: 'd1',
        attempt: given.attempt ?? 1,
        isReplay: false,
        isTest: false,
      },
      subscription: { id: given.subscriptionId ?? 's1', name: 'Ops' },
      thread: given.thread ?? null,
      config: jiraConfig.parse({ ...PLACE, fields: [SEVERITY], ...config }),
      connection: given.connection ?? connection(),
      signingSecrets: [],
      http,
      sockets: outbound.sockets,
      oauth: oauthTokens(),
      tell: () => undefined,
      note: (line) => notes.push(line),
      signal: new AbortController().signal,
    };
    const outcome = await provider.deliver(context);
    return { outcome, notes, exchange: http.exchange() };
  }

  const opened: DeliveryThread = { key: 'INC-1', externalId: 'OPS-1', externalUrl: null };
  const later = { event: resolved, thread: opened };

  it('opens an issue, says where it is, and keeps its token out of the record', async () => {
    const { outcome, exchange } = await deliver({ summary: 'New: {{ payload.incident.title }}' });
    expect(outcome).toEqual({
      kind: 'delivered',
      externalId: 'OPS-1',
      externalUrl: `${site()}/browse/OPS-1`,
    });
    expect(jira.issues[0]?.fields).toMatchObject({
      summary: 'New: Checkout *down* again',
      labels: [LABEL],
      customfield_10011: { value: 'CRITICAL' },
    });
    expect(exchange?.request?.method).toBe('POST');
    const recorded = JSON.stringify(exchange);
    expect(recorded).not.toContain(TOKEN);
    expect(recorded).not.toContain(Buffer.from(`${EMAIL}:${TOKEN}`).toString('base64'));
  });

  it('shows values as they are: nothing in them is markup', async () => {
    await deliver({ description: 'See:\n{{ payload.incident.title }}' });
    const shown = jira.issues[0]?.fields['description'];
    expect(shown).toEqual(
      edition === 'cloud'
        ? {
            type: 'doc',
            version: 1,
            content: [
              {
                type: 'paragraph',
                content: [
                  { type: 'text', text: 'See:' },
                  { type: 'hardBreak' },
                  { type: 'text', text: 'Checkout *down*' },
                  { type: 'hardBreak' },
                  { type: 'text', text: 'again' },
                ],
              },
            ],
          }
        : String.raw`See:${'\n'}Checkout \*down\*${'\n'}again`,
    );
  });

  it('keeps within Jira’s bounds, and to characters that it takes', async () => {
    const title = `${'😀*\n'.repeat(20_000)}\u0000`;
    const payload = JSON.stringify({ title });
    const long = new DeliveredEvent('ev-1', 'incident.created', event.occurredAt, payload);
    const changes = {
      summary: '\u0007a{{ payload.title }}',
      description: '{{ payload.title }}',
      fields: [{ ...SEVERITY, value: 'MINOR' }],
    };
    expect((await deliver(changes, { event: long })).outcome).toMatchObject({ kind: 'delivered' });
    const { description: _left, ...rest } = changes;
    expect((await deliver(rest, { event: long })).outcome).toMatchObject({ kind: 'delivered' });
    expect(String(jira.issues[0]?.fields['summary'])).toHaveLength(255);
    expect(JSON.stringify(jira.issues.map(({ fields }) => fields))).not.toMatch(/\\u(000|d8)/);
  });

  it('turns texts into what each field takes', async () => {
    const fields = [
      SEVERITY,
      { fieldId: 'priority', value: '{% if payload.incident.points > 3 %}Highest{% endif %}' },
      { fieldId: 'customfield_10010', value: '{{ payload.incident.points }}' },
      { fieldId: 'customfield_10012', value: 'Nobody can pay' },
      { fieldId: 'customfield_10013', value: '{{ event.timestamp }}' },
      { fieldId: 'customfield_10014', value: 'EU, US' },
    ];
    expect((await deliver({ fields })).outcome).toMatchObject({ kind: 'delivered' });
    expect(jira.issues[0]?.fields).toMatchObject({
      priority: { name: 'Highest' },
      customfield_10010: 5,
      customfield_10013: '2026-01-02T03:04:05.678+0000',
      customfield_10014: [{ value: 'EU' }, { value: 'US' }],
    });
    await deliver();
    expect(sent().filter((call) => call.includes('createmeta'))).toHaveLength(2);
  });

  it('rejects what a field does not take, with its name', async () => {
    const points = { fieldId: 'customfield_10010', value: '{{ payload.incident.title }}' };
    const reasons = [
      await deliver({ fields: [SEVERITY, points] }),
      await deliver({ fields: [SEVERITY, { fieldId: 'customfield_99999', value: 'x' }] }),
      await deliver({ fields: [{ ...SEVERITY, value: 'BAD' }] }),
      await deliver({ fields: [] }),
      await deliver({ fields: [], projectKey: 'NO' }),
    ].map(({ outcome }) => (outcome.kind === 'rejected' ? outcome.reason : outcome.kind));
    expect(reasons).toEqual([
      "The field 'Story Points' takes a number, and its template gave none",
      "The field 'customfield_99999' is not on the screen for creating this type of issue in OPS",
      'Jira answered 400: customfield_10011: Specify a valid value for Severity',
      'Jira answered 400: customfield_10011: Severity is required.',
      'Jira answered 400: project: valid project is required',
    ]);
    expect(jira.issues).toEqual([]);
  });

  it('comments on the issue of its thread, and transitions it', async () => {
    await deliver();
    const transitions = [{ eventType: 'incident.resolved', to: 'done' }];
    const { outcome } = await deliver({ transitions, comment: 'It is {{ event.type }}' }, later);
    expect(outcome).toEqual({
      kind: 'delivered',
      externalId: 'OPS-1',
      externalUrl: `${site()}/browse/OPS-1?focusedCommentId=10500`,
    });
    expect(jira.issues).toMatchObject([{ status: 'Done', comments: [{}] }]);
    expect(JSON.stringify(jira.issues[0]?.comments)).toContain('It is incident.resolved');
    await deliver({ transitions }, later);
    expect(jira.issues).toMatchObject([{ status: 'Done' }]);
  });

  it('writes the issue anew, or leaves it, where the subscription says so', async () => {
    await deliver();
    const transitions = [{ eventType: 'incident.*', to: 'Start work' }];
    await deliver({ thread: 'update', summary: 'Solved' }, later);
    await deliver({ thread: 'leave', transitions }, later);
    await deliver({ comment: '{% if false %}x{% endif %}' }, later);
    expect(jira.issues).toMatchObject([
      {
        status: 'In Progress',
        comments: [],
        fields: { summary: 'Solved', labels: [LABEL] },
      },
    ]);
  });

  it('rejects a transition that the workflow does not have, naming those that it has', async () => {
    await deliver();
    const transitions = [{ eventType: '*', to: 'Archived' }];
    expect((await deliver({ transitions }, later)).outcome).toEqual({
      kind: 'rejected',
      reason:
        "OPS-1 is in the status 'To Do', from which the account can make no transition to 'Archived'; there are 'Start work' to 'In Progress', 'Resolve' to 'Done'",
    });
  });

  it.each(['comment', 'update', 'leave'] as const)(
    'opens the thread anew where its issue is gone (%s)',
    async (thread) => {
      const transitions = [{ eventType: '*', to: 'Done' }];
      const { outcome } = await deliver({ thread, transitions }, later);
      expect(outcome).toMatchObject({ kind: 'delivered', reopensThread: true });
      expect(jira.issues).toHaveLength(1);
    },
  );

  it('finds the issue that a lost answer was of, and makes no second one', async () => {
    jira.losesNextAnswer = true;
    await expect(deliver()).rejects.toMatchObject({ code: 'reset' });
    const { outcome, notes } = await deliver({}, { attempt: 2 });
    expect(outcome).toMatchObject({ kind: 'delivered', externalId: 'OPS-1' });
    expect(notes).toEqual(['OPS-1 was found by its label: an earlier attempt made it']);
    expect(jira.issues).toHaveLength(1);
  });

  it('never takes the issue of another subscription to the same project for its own', async () => {
    await deliver({}, { subscriptionId: 's1' });
    jira.losesNextAnswer = true;
    await expect(deliver({}, { subscriptionId: 's2' })).rejects.toMatchObject({ code: 'reset' });
    const retried = await deliver({}, { subscriptionId: 's2', attempt: 2 });
    expect(retried.outcome).toMatchObject({ externalId: 'OPS-2' });
    const third = await deliver({}, { subscriptionId: 's3', attempt: 2 });
    expect(third.outcome).toMatchObject({ externalId: 'OPS-3' });
    expect(jira.issues).toHaveLength(3);
  });

  it('makes a second issue only where the search lags behind, or may not be asked', async () => {
    await deliver();
    jira.isIndexed = false;
    await deliver({}, { attempt: 2 });
    expect(jira.issues).toHaveLength(2);
    await deliver({ deduplicate: 'never' }, { attempt: 2 });
    expect(jira.issues[2]?.fields).not.toHaveProperty('labels');
    expect(sent().filter((call) => call.includes('/search'))).toHaveLength(1);
  });

  it('makes a comment once, however often its answer is lost', async () => {
    await deliver();
    jira.isIndexed = false;
    jira.losesNextAnswer = true;
    await expect(deliver({}, later)).rejects.toMatchObject({ code: 'reset' });
    const { outcome } = await deliver({}, { ...later, attempt: 2 });
    expect(outcome).toMatchObject({
      externalUrl: expect.stringMatching(/focusedCommentId=10500$/),
    });
    expect(jira.issues[0]?.comments).toHaveLength(1);
  });

  it('makes nothing where it can’t be told whether it was made', async () => {
    jira.next = { status: 503, body: '' };
    expect((await deliver({}, { attempt: 2 })).outcome).toMatchObject({ kind: 'retry' });
    expect(jira.issues).toEqual([]);
  });

  it.each<[string, Answer, { reason?: RegExp; afterMs?: number; clientError?: boolean }]>([
    ['429 with a wait', { status: 429, headers: { 'retry-after': '30' } }, { afterMs: 30_000 }],
    ['503 with a wait', { status: 503, headers: { 'retry-after': '5' } }, { afterMs: 5_000 }],
    ['409', { status: 409, body: '{"errorMessages":["conflict"]}' }, { reason: /409: conflict/ }],
    ['401', { status: 401 }, { reason: /give the connection a new token/, clientError: true }],
    ['403', { status: 403 }, { reason: /give it the permission/, clientError: true }],
    [
      'a CAPTCHA',
      {
        status: 403,
        headers: { 'x-seraph-loginreason': 'AUTHENTICATION_DENIED', 'www-authenticate': 'OAuth' },
      },
      { reason: /CAPTCHA/, clientError: true },
    ],
    ['a sign-in page', { status: 302, headers: { location: '/login' } }, { reason: /base URL/ }],
    ['another server’s 404', { status: 404, body: '<html>' }, { reason: /base URL/ }],
    ['a body of another server', { status: 200, body: '<html>' }, { reason: /not its own/ }],
  ])('tries again after %s', async (_what, answer, expected) => {
    await deliver();
    jira.next = answer;
    const { outcome } = await deliver({}, later);
    const reason = 'reason' in outcome ? outcome.reason : '';
    const { reason: why = /^Jira answered/, ...rest } = expected;
    expect(outcome).toMatchObject({ kind: 'retry', ...rest });
    expect(reason).toMatch(why);
    expect(jira.issues).toMatchObject([{ comments: [] }]);
  });

  it('waits until the budget is full again where a 429 names no wait', async () => {
    const at = new Date(Date.now() + 60_000).toISOString();
    jira.next = { status: 429, headers: { 'x-ratelimit-reset': at } };
    const { outcome } = await deliver({ fields: [] });
    expect(outcome).toMatchObject({
      kind: 'retry',
      afterMs: expect.toSatisfy((ms) => ms > 50_000),
    });
  });

  it('takes an issue that it may not see for one to look for, not for gone, while its token is bad', async () => {
    await deliver();
    const bad = connection(edition === 'cloud' ? { apiToken: 'x' } : { personalAccessToken: 'x' });
    const { outcome } = await deliver({}, { ...later, connection: bad });
    expect(outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/not valid: give the connection a new token/),
    });
    expect(jira.issues).toHaveLength(1);
  });

  it('says what to do where the labels are on no screen', async () => {
    jira.fields = jira.fields.filter(({ fieldId }) => fieldId !== 'labels');
    const { outcome } = await deliver();
    expect(outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/labels: Field 'labels' cannot be set.*deduplicate to never/),
    });
    expect((await deliver({ deduplicate: 'never' })).outcome).toMatchObject({ kind: 'delivered' });
  });

  it('links to where people are, where that is another address', async () => {
    const browseUrl = 'https://acme.atlassian.net/';
    const { outcome } = await deliver({}, { connection: connection({ browseUrl }) });
    expect(outcome).toMatchObject({ externalUrl: 'https://acme.atlassian.net/browse/OPS-1' });
  });

  it('tests a connection, changing nothing', async () => {
    const { sockets } = outbound;
    const context = {
      http: client(),
      sockets,
      oauth: oauthTokens(),
      signal: new AbortController().signal,
    };
    expect(await provider.testConnection({ connection: connection(), ...context })).toEqual({
      ok: true,
      message: 'Signed in as Notifier',
    });
    const bad = connection(
      edition === 'cloud' ? { email: 'x@acme.example' } : { personalAccessToken: 'x' },
    );
    await expect(provider.testConnection({ connection: bad, ...context })).rejects.toThrow(
      /new token/,
    );
  });

  describe('options', () => {
    const asked = (
      given: { search?: string; cursor?: string; connection?: JiraConnection } = {},
    ) => ({
      connection: connection(),
      values: PLACE,
      search: '',
      http: client(),
      sockets: outbound.sockets,
      oauth: oauthTokens(),
      signal: new AbortController().signal,
      ...given,
    });

    it('are projects, searched', async () => {
      expect(await provider.projects(asked())).toEqual({
        options: [
          { value: 'OPS', label: 'Operations (OPS)' },
          { value: 'WEB', label: 'Website (WEB)' },
        ],
      });
      const { options } = await provider.projects(asked({ search: 'webs' }));
      expect(options).toEqual([{ value: 'WEB', label: 'Website (WEB)' }]);
      expect(await provider.projects(asked({ cursor: '1' }))).toEqual({
        options: [{ value: 'WEB', label: 'Website (WEB)' }],
      });
    });

    it('are the types, priorities, fields and statuses of the place', async () => {
      expect(await provider.issueTypes(asked())).toMatchObject([
        { value: '10001', label: 'Incident' },
        { value: '10002', description: expect.stringMatching(/parent/) },
      ]);
      expect(await provider.priorities(asked())).toEqual([
        { value: '1', label: 'Highest' },
        { value: '3', label: 'Medium' },
      ]);
      const fields = await provider.otherFields(asked());
      expect(fields[0]).toEqual({
        value: 'customfield_10011',
        label: 'Severity *',
        description: 'option: CRITICAL, MINOR',
      });
      expect(fields.map(({ value }) => value)).not.toContain('summary');
      expect(await provider.statuses(asked())).toMatchObject([
        { value: 'To Do' },
        { value: 'In Progress' },
        { value: 'Done' },
      ]);
    });

    it('say what is wrong with the connection, where a bad token only looks like nothing there', async () => {
      const bad = connection(
        edition === 'cloud' ? { apiToken: 'x' } : { personalAccessToken: 'x' },
      );
      await expect(provider.projects(asked({ connection: bad }))).rejects.toThrow(/new token/);
    });
  });
});

describe('the config of jira', () => {
  it.each([
    [{ fields: [{ fieldId: 'summary', value: 'x' }] }, /a place of its own/],
    [{ fields: [SEVERITY, SEVERITY] }, /each field once/],
    [{ labels: ['two words'] }, /without spaces/],
    [{ projectKey: 'ops' }, /key of a project/],
    [{ transitions: [{ eventType: 'Incident', to: 'Done' }] }, /an event type/],
  ])('refuses %j', (changes, problem) => {
    const { error } = jiraConfig.safeParse({ ...PLACE, ...changes });
    expect(error?.message).toMatch(problem);
  });

  it.each(['https://user:pw@jira.example.com', 'ftp://jira.example.com', 'https://x.example/?a=1'])(
    'refuses %s as a site',
    (baseUrl) => {
      const { success } = jiraConnection.safeParse({ ...access.cloud, baseUrl });
      expect(success).toBe(false);
    },
  );
});

describe.each(['cloud', 'data-center'] as const)('%s', (edition) => {
  const secretName = edition === 'cloud' ? 'apiToken' : 'personalAccessToken';
  describeProvider(
    {
      name: 'jira',
      provider: () => new JiraProvider(),
      event: { type: event.type, payload: event.payload },
      setups: {
        'with a token': (origin) => ({
          config: { ...PLACE, summary: 'New: {{ payload.incident.title }}' },
          connection: { ...access[edition], baseUrl: origin },
          secrets: [`connection.${secretName}`],
        }),
      },
      service: {
        start: () => {
          const jira = new FakeJira(access[edition]);
          jira.fields = jira.fields.filter(({ fieldId }) => fieldId !== SEVERITY.fieldId);
          return (request) => jira.answer(request);
        },
        delivered: { externalId: /^OPS-1$/, externalUrl: /\/browse\/OPS-1$/ },
        repeatKey: ({ path, body }) => /event-[\da-f-]+/.exec(path + body.toString())?.[0],
        options: {
          projectKey: {
            search: 'oper',
            options: [{ value: 'OPS', label: 'Operations (OPS)' }],
          },
          issueTypeId: {
            values: PLACE,
            options: [
              { value: '10001', label: 'Incident', description: 'Something is wrong.' },
              {
                value: '10002',
                label: 'Sub-task',
                description: 'A sub-task: give its parent among the other fields',
              },
            ],
          },
          priorityId: {
            values: PLACE,
            options: [
              { value: '1', label: 'Highest' },
              { value: '3', label: 'Medium' },
            ],
          },
          'fields.fieldId': {
            values: PLACE,
            options: [
              { value: 'priority', label: 'Priority', description: 'priority: Highest, Medium' },
              { value: 'customfield_10010', label: 'Story Points', description: 'number' },
              { value: 'customfield_10012', label: 'Impact', description: 'string' },
              { value: 'customfield_10013', label: 'Since', description: 'datetime' },
              {
                value: 'customfield_10014',
                label: 'Regions',
                description: 'array of option: EU, US',
              },
            ],
          },
          'transitions.to': {
            values: PLACE,
            options: ['To Do', 'In Progress', 'Done'].map((name) => ({ value: name, label: name })),
          },
        },
      },
    },
    { describe, it },
  );
});
