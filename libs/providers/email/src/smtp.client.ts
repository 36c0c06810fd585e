import type { SocketClient } from '@nest-integrations/core';
import {
  createTransport,
  type Mail,
  type SMTPPoolOptions,
  type SMTPPoolSentMessageInfo,
} from 'nodemailer';
import type { EmailConnection } from './email-config.js';
import type { EmailMessage } from './email-message.js';

const CONNECTIONS = 5;
/** Servers close what is idle for some minutes; so we do it first. */
const IDLE_MS = 60_000;
const GREETING_WITHIN_MS = 10_000;
const SILENCE_MS = 60_000;

/** A few connections to one SMTP server, opened under the guard and signed in. */
export class SmtpClient {
  private readonly transport: Mail<SMTPPoolSentMessageInfo, SMTPPoolOptions>;

  constructor(connection: EmailConnection, sockets: SocketClient) {
    const { host, port, security, user, password, ca } = connection;
    const tls = ca === undefined ? undefined : { ca };
    const isSecure = security === 'tls';
    const options: SMTPPoolOptions & { pool: true } = {
      pool: true,
      host,
      port,
      secure: isSecure,
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      tls: sockets.tlsOptions(host, tls),
      ...(user !== undefined && { auth: { user, pass: password }, forceAuth: true }),
      maxConnections: CONNECTIONS,
      // Of use where the server had closed a connection before a byte of the message was sent.
      maxRequeues: 1,
      idleTimeout: IDLE_MS,
      greetingTimeout: GREETING_WITHIN_MS,
      socketTimeout: SILENCE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
      getSocket: (_options, done) => {
        sockets.connect({ host, port, ...(isSecure && { tls: tls ?? true }) }).then(
          (socket) => done(null, { connection: socket, secured: isSecure }),
          (error: Error) => done(error),
        );
      },
    };
    this.transport = createTransport(options);
    // Each message hears of its own failure.
    this.transport.on('error', () => undefined);
  }

  send(message: EmailMessage, signal: AbortSignal): Promise<SMTPPoolSentMessageInfo> {
    const { inReplyTo, from, to, cc, bcc, replyTo, ...content } = message;
    return this.transport.sendMail({
      ...content,
      from: { ...from },
      to: to.map((each) => ({ ...each })),
      cc: cc.map((each) => ({ ...each })),
      bcc: bcc.map((each) => ({ ...each })),
      ...(replyTo && { replyTo: { ...replyTo } }),
      ...(inReplyTo !== undefined && { inReplyTo, references: [inReplyTo] }),
      // RFC 3834: who is away does not answer.
      headers: { 'auto-submitted': 'auto-generated' },
      signal,
    });
  }

  /** Connects and signs in. @throws what `smtpFailureOf` understands */
  async verify(): Promise<void> {
    await this.transport.verify();
  }

  /** Cuts what is being sent, too: whoever closes has waited before. */
  close(): void {
    this.transport.close({ force: true });
  }
}
