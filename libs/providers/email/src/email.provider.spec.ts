import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  DeliveredEvent,
  OutboundHttp,
  RecordedHttp,
  type DeliveryThread,
  type OutboundHttpOptions,
  type ToldExchange,
} from '@nest-integrations/core';
import { describeProvider, oauthTokens } from '@nest-integrations/testing';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { RECEIVER_CERT, RECEIVER_KEY } from '../../../../test/support/receiver-certificate.js';
import { emailConfig, emailConnection, type EmailConnection } from './email-config.js';
import { EmailProvider } from './email.provider.js';

const PASSWORD = 'not-a-real-password';
const event = new DeliveredEvent(
  'ev-1',
  'incident.created',
  '2026-01-02T03:04:05.678Z',
  '{"incident":{"id":"INC-1","title":"<b>down</b> & out\\r\\nBcc: evil@example.com","owner":"ada@example.com","none":null}}',
);

interface Received {
  readonly from: string;
  readonly to: string[];
  readonly isSecure: boolean;
  readonly user: string | undefined;
  readonly mail: ParsedMail;
  readonly source: string;
}

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** A real SMTP server with STARTTLS and one account; its certificate is for `receiver.test`. */
async function smtpServer(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  let connections = 0;
  const server = new SMTPServer({
    key: RECEIVER_KEY,
    cert: RECEIVER_CERT,
    authOptional: true,
    closeTimeout: 100,
    onConnect: (_session, done) => {
      connections++;
      done();
    },
    onAuth: ({ username, password }, _session, done) =>
      username === 'notify' && password === PASSWORD
        ? done(null, { user: username })
        : done(refusal(535, '5.7.8 no such account')),
    onData: (stream, { envelope, secure, user }, done) => {
      void stream.toArray().then(async (chunks: Buffer[]) => {
        const source = Buffer.concat(chunks).toString();
        received.push({
          from: envelope.mailFrom ? envelope.mailFrom.address : '',
          to: envelope.rcptTo.map(({ address }) => address),
          isSecure: secure,
          user,
          mail: await simpleParser(source),
          source,
        });
        done(null, `queued as ${received.length}`);
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  cleanups.push(() => new Promise<void>((resolve) => server.close(resolve)));
  return {
    port: (listening.address() as AddressInfo).port,
    received,
    connections: () => connections,
  };
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

function account(port: number, given: object = {}): EmailConnection {
  return emailConnection.parse({
    host: 'receiver.test',
    port,
    user: 'notify',
    password: PASSWORD,
    from: 'Acme <notify@acme.example>',
    ca: RECEIVER_CERT,
    ...given,
  });
}

const unsafe = { security: 'none', user: undefined, password: undefined, ca: undefined };

interface Sending {
  readonly connection: EmailConnection;
  readonly config?: object;
  readonly thread?: DeliveryThread;
  readonly http?: OutboundHttp;
  readonly signal?: AbortSignal;
}

function sender() {
  const provider = new EmailProvider();
  cleanups.push(() => provider.onApplicationShutdown());
  const shared = outbound();
  return async ({ connection, config, thread, http = shared, signal }: Sending) => {
    let told: ToldExchange | null = null;
    const outcome = await provider.deliver({
      event,
      delivery: { id: 'd1', attempt: 1, isReplay: false, isTest: false },
      subscription: { id: 'sub-1', name: 'Ops' },
      thread: thread ?? null,
      config: emailConfig.parse({ to: ['ops@example.com'], ...config }),
      connection,
      signingSecrets: [],
      http: new RecordedHttp({ http, timeoutMs: 5_000 }),
      sockets: http.sockets,
      oauth: oauthTokens(),
      tell: (exchange) => (told = exchange),
      note: () => undefined,
      signal: signal ?? new AbortController().signal,
    });
    return { outcome, told: told as ToldExchange | null };
  };
}

describe('e-mail', () => {
  it('is sent by STARTTLS, signed in, and told in the attempt', async () => {
    const { port, received } = await smtpServer();
    const { outcome, told } = await sender()({ connection: account(port) });
    const messageId = '<ev-1.sub-1@acme.example>';
    expect(outcome).toEqual({ kind: 'delivered', externalId: messageId });
    expect(received).toMatchObject([
      { from: 'notify@acme.example', to: ['ops@example.com'], isSecure: true, user: 'notify' },
    ]);
    expect(received[0]?.mail).toMatchObject({
      messageId,
      subject: 'incident.created',
      from: { text: '"Acme" <notify@acme.example>' },
    });
    expect(received[0]?.mail.text).toContain('"id": "INC-1"');
    expect(received[0]?.mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(told).toMatchObject({
      request: {
        method: 'SEND',
        url: `smtp://receiver.test:${port}`,
        headers: { 'message-id': messageId, to: 'ops@example.com' },
      },
      response: { status: 250, body: expect.stringContaining('queued as 1') },
    });
    expect(JSON.stringify(told)).not.toContain(PASSWORD);
  });

  it('is sent by TLS from the first byte, or plainly where that was chosen', async () => {
    const secure = await smtpServer({ secure: true });
    const send = sender();
    await send({ connection: account(secure.port, { security: 'tls' }) });
    expect(secure.received).toMatchObject([{ isSecure: true, user: 'notify' }]);
    const plain = await smtpServer();
    await send({ connection: account(plain.port, unsafe) });
    expect(plain.received).toMatchObject([{ isSecure: false, user: undefined }]);
  });

  it('says nothing to a server without STARTTLS, or with a certificate not trusted', async () => {
    const send = sender();
    const without = await smtpServer({ disabledCommands: ['STARTTLS'] });
    expect((await send({ connection: account(without.port) })).outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/STARTTLS/),
    });
    const { port, received } = await smtpServer();
    const untrusted = account(port, { ca: undefined });
    expect((await send({ connection: untrusted })).outcome).toMatchObject({
      kind: 'retry',
      reason: expect.stringMatching(/self-signed.*trusted/),
    });
    const another = account(port, { host: 'other.test' });
    expect((await send({ connection: another })).outcome).toMatchObject({ kind: 'retry' });
    expect(received).toEqual([]);
  });

  it('writes text and HTML by templates, values escaped in HTML', async () => {
    const { port, received } = await smtpServer();
    await sender()({
      connection: account(port),
      config: {
        cc: ['Ada <{{ payload.incident.owner }}>'],
        bcc: ['hidden@example.com'],
        replyTo: 'Desk <desk@example.com>',
        subject: 'Incident {{ payload.incident.title }}',
        text: 'Title: {{ payload.incident.title }}',
        html: '<p>{{ payload.incident.title }}</p>',
      },
    });
    const [{ mail, to, source } = { mail: undefined, to: [], source: '' }] = received;
    expect(to).toEqual(['ops@example.com', 'ada@example.com', 'hidden@example.com']);
    expect(mail?.html).toContain('<p>&lt;b&gt;down&lt;/b&gt; &amp; out');
    expect(mail?.text).toContain('Title: <b>down</b> & out');
    // What would begin another header stands within the subject's one line.
    expect(mail?.subject).toBe('Incident <b>down</b> & out Bcc: evil@example.com');
    expect(mail?.headers.has('bcc')).toBe(false);
    expect(source).not.toContain('hidden@example.com');
    expect(mail?.replyTo?.text).toBe('"Desk" <desk@example.com>');
  });

  it.each([
    '{{ payload.incident.owner }}, evil@example.com',
    '{{ payload.incident.title }}',
    'Ada <{{ payload.incident.owner }}>, <evil@example.com>',
    'ada@example.com\nBcc: evil@example.com',
    'ada@[127.0.0.1]',
    'ada@127.0.0.1',
  ])('has one recipient by a template, or none: %j is rejected', async (to) => {
    const { port, received } = await smtpServer();
    const { outcome } = await sender()({ connection: account(port), config: { to: [to] } });
    expect(outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/not one address/),
    });
    expect(received).toEqual([]);
  });

  it('leaves a recipient out whose template yields nothing, and is rejected without any', async () => {
    const { port, received } = await smtpServer();
    const send = sender();
    const nobody = '{{ payload.incident.none }}';
    await send({ connection: account(port), config: { to: [nobody, 'ops@example.com'] } });
    expect(received).toMatchObject([{ to: ['ops@example.com'] }]);
    const { outcome } = await send({ connection: account(port), config: { to: [nobody] } });
    expect(outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/no address/),
    });
  });

  it('has the same Message-ID over retries, and answers the first of its thread', async () => {
    const { port, received } = await smtpServer();
    const send = sender();
    const connection = account(port);
    const first = '<ev-0.sub-1@acme.example>';
    const thread = { key: 'INC-1', externalId: first, externalUrl: null };
    await send({ connection, thread });
    await send({ connection, thread });
    expect(received[0]?.mail).toMatchObject({
      messageId: '<ev-1.sub-1@acme.example>',
      inReplyTo: first,
      references: first,
    });
    expect(received[1]?.mail.messageId).toBe(received[0]?.mail.messageId);
  });

  it('goes over one connection for a revision, and another for the next', async () => {
    const { port, connections } = await smtpServer();
    const send = sender();
    const connection = account(port);
    for (let i = 0; i < 3; i++) await send({ connection });
    expect(connections()).toBe(1);
    await send({ connection: account(port) });
    expect(connections()).toBe(2);
  });

  it('goes out again where the kept connection was closed meanwhile', async () => {
    let closedOne = (): void => undefined;
    const closed = new Promise<void>((resolve) => (closedOne = resolve));
    const { port, received, connections } = await smtpServer({
      socketTimeout: 150,
      onClose: () => closedOne(),
    });
    const send = sender();
    const connection = account(port);
    await send({ connection });
    await closed;
    expect((await send({ connection })).outcome.kind).toBe('delivered');
    expect(received).toHaveLength(2);
    expect(connections()).toBe(2);
  });

  it.each([
    [450, 'retry'],
    [421, 'retry'],
    [503, 'retry'],
    [550, 'rejected'],
    [552, 'rejected'],
  ] as const)('that the server answers with %i is a %s', async (code, kind) => {
    const { port } = await smtpServer({
      onRcptTo: (_address, _session, done) => done(refusal(code, 'not now')),
    });
    const { outcome, told } = await sender()({ connection: account(port) });
    expect(outcome).toMatchObject({ kind, reason: expect.stringContaining(`${code} not now`) });
    expect(told?.response).toMatchObject({ status: code });
  });

  it('that is refused after its content is judged by that answer', async () => {
    const { port } = await smtpServer({
      onData: (stream, _session, done) => {
        stream.resume();
        stream.on('end', () => done(refusal(554, 'looks like spam')));
      },
    });
    expect((await sender()({ connection: account(port) })).outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('554 looks like spam'),
    });
  });

  it('taken for some of its recipients is delivered, and tells who was refused', async () => {
    const { port, received } = await smtpServer({
      onRcptTo: ({ address }, _session, done) =>
        address.startsWith('gone') ? done(refusal(550, 'no such user')) : done(),
    });
    const { outcome, told } = await sender()({
      connection: account(port),
      config: { to: ['ops@example.com', 'gone@example.com'] },
    });
    expect(outcome.kind).toBe('delivered');
    expect(received).toMatchObject([{ to: ['ops@example.com'] }]);
    expect(told?.response?.body).toContain('gone@example.com was refused: 550 no such user');
  });

  it('refused for all, for some of them only for now, is tried again', async () => {
    const { port } = await smtpServer({
      onRcptTo: ({ address }, _session, done) =>
        done(
          address.startsWith('gone') ? refusal(550, 'no such user') : refusal(451, 'greylisted'),
        ),
    });
    const { outcome } = await sender()({
      connection: account(port),
      config: { to: ['gone@example.com', 'ops@example.com'] },
    });
    expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringContaining('451') });
  });

  it('tells what to do about a wrong password, which stays unseen', async () => {
    const { port } = await smtpServer();
    const connection = account(port, { password: 'wr0ng-secret' });
    const { outcome, told } = await sender()({ connection });
    expect(outcome).toMatchObject({
      kind: 'retry',
      clientError: true,
      reason: expect.stringMatching(/535.*give the connection a user and a password/),
    });
    expect(JSON.stringify({ outcome, told })).not.toContain('wr0ng-secret');
  });

  it('is under the guard: a forbidden address rejects, one that is away retries', async () => {
    const { port, connections } = await smtpServer();
    const send = sender();
    const guarded = outbound({ allow: [] });
    expect((await send({ connection: account(port), http: guarded })).outcome).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/receiver\.test is not allowed/),
    });
    expect((await send({ connection: account(1) })).outcome).toMatchObject({
      kind: 'retry',
      reason: expect.stringMatching(/refused/),
    });
    expect(connections()).toBe(0);
  });

  it('is given up when the attempt’s time is over', async () => {
    const { port } = await smtpServer({ onMailFrom: () => undefined });
    const controller = new AbortController();
    const sending = sender()({ connection: account(port), signal: controller.signal });
    setTimeout(() => controller.abort(new Error('the attempt is over')), 200);
    expect((await sending).outcome).toMatchObject({ kind: 'retry' });
  });
});

describe('a connection for e-mail', () => {
  it('is tried by signing in, without sending', async () => {
    const { port, received } = await smtpServer();
    const provider = new EmailProvider();
    const http = outbound();
    const test = (connection: EmailConnection) =>
      provider.testConnection({
        connection,
        http: new RecordedHttp({ http, timeoutMs: 5_000 }),
        sockets: http.sockets,
        oauth: oauthTokens(),
        signal: new AbortController().signal,
      });
    expect(await test(account(port))).toEqual({
      ok: true,
      message: `Signed in as notify at receiver.test:${port}, by STARTTLS`,
    });
    expect(await test(account(port, { password: 'wrong' }))).toMatchObject({
      ok: false,
      message: expect.stringMatching(/535/),
    });
    expect(await test(account(port, { ca: undefined }))).toMatchObject({ ok: false });
    expect(received).toEqual([]);
  });

  it('is refused with half of its credentials, or with a password that anyone could read', () => {
    const good = { host: 'smtp.example.com', from: 'a@example.com' };
    expect(emailConnection.safeParse(good).success).toBe(true);
    for (const wrong of [
      { user: 'me' },
      { password: 'secret' },
      { user: 'me', password: 'secret', security: 'none' },
      { from: 'a@example.com, b@example.com' },
      { from: 'nobody' },
      { host: 'user@host' },
      { host: 'host/path' },
      { ca: 'none' },
      { port: 0 },
    ]) {
      expect(emailConnection.safeParse({ ...good, ...wrong }).success).toBe(false);
    }
  });
});

describeProvider(
  {
    name: 'email',
    provider: () => new EmailProvider(),
    setups: {
      'with a password': () => ({
        config: { to: ['ops@example.com'], html: '<p>{{ payload.incident.title }}</p>' },
        connection: {
          host: 'smtp.example.com',
          user: 'notify',
          password: PASSWORD,
          from: 'Acme <notify@example.com>',
        },
        secrets: ['connection.password'],
      }),
    },
  },
  { describe, it },
);
