import {
  ClientPool,
  delivered,
  IntegrationProvider,
  rejected,
  TemplateError,
  versioned,
  type ConnectionContext,
  type ConnectionTest,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
  type ToldExchange,
} from '@nest-integrations/core';
import type { OnApplicationShutdown } from '@nestjs/common';
import {
  emailConfig,
  emailConnection,
  type EmailConfig,
  type EmailConnection,
} from './email-config.js';
import { emailDocumentation } from './email-documentation.js';
import { EmailMessageError, EmailWriter, type EmailMessage } from './email-message.js';
import { mailboxOf, type Mailbox } from './mailbox.js';
import { smtpFailureOf } from './smtp-failure.js';
import { SmtpClient } from './smtp.client.js';

type Context = DeliveryContext<EmailConfig, EmailConnection>;

/** Sends events as e-mail. */
@IntegrationProvider({
  id: 'email',
  displayName: 'E-mail',
  description:
    'Sends each event by SMTP, as text, HTML or both; events of one thread become replies.',
  icon: 'mail',
  threads: true,
  config: versioned(1, emailConfig),
  connection: versioned(1, emailConnection),
  documentation: emailDocumentation,
})
export class EmailProvider
  implements DeliveryProvider<EmailConfig, EmailConnection>, OnApplicationShutdown
{
  private readonly writers = new WeakMap<EmailConfig, EmailWriter>();
  private readonly clients = new ClientPool<EmailConnection, SmtpClient>({
    close: (client) => client.close(),
  });

  async deliver(context: Context): Promise<DeliveryOutcome> {
    const { connection, sockets, signal } = context;
    const message = this.written(context);
    if ('kind' in message) return message;
    const startedAt = performance.now();
    const tell = (response: ToldExchange['response']): void =>
      context.tell({
        request: requestOf(connection, message),
        response,
        totalMs: performance.now() - startedAt,
      });
    tell(null);
    try {
      const sent = await this.clients.use(
        connection,
        async () => new SmtpClient(connection, sockets),
        (client) => client.send(message, signal),
      );
      tell({
        status: statusOf(sent.response),
        body: [sent.response, ...refusals(sent)].join('\n'),
      });
      return delivered({ externalId: message.messageId });
    } catch (error) {
      const { outcome, status, answer } = smtpFailureOf(error);
      tell(status === null ? null : { status, body: answer });
      return outcome;
    }
  }

  async preview(context: Context): Promise<DeliveryOutcome | void> {
    const message = this.written(context);
    if ('kind' in message) return message;
    context.tell({ request: requestOf(context.connection, message), response: null, totalMs: 0 });
  }

  async testConnection({
    connection,
    sockets,
  }: ConnectionContext<EmailConnection>): Promise<ConnectionTest> {
    const client = new SmtpClient(connection, sockets);
    const { host, port, security, user } = connection;
    try {
      await client.verify();
      const how = { none: 'without encryption', starttls: 'by STARTTLS', tls: 'by TLS' }[security];
      const who = user === undefined ? 'Connected' : `Signed in as ${user}`;
      return { ok: true, message: `${who} at ${host}:${port}, ${how}` };
    } catch (error) {
      const { outcome } = smtpFailureOf(error);
      return { ok: false, message: outcome.kind === 'delivered' ? '' : outcome.reason };
    } finally {
      client.close();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.clients.close();
  }

  /** Or that there is none to send. */
  private written(context: Context): EmailMessage | DeliveryOutcome {
    const { connection, config } = context;
    try {
      return this.writerOf(config).write(context, senderOf(connection));
    } catch (error) {
      if (error instanceof TemplateError || error instanceof EmailMessageError) {
        return rejected(error.message);
      }
      throw error;
    }
  }

  private writerOf(config: EmailConfig): EmailWriter {
    let writer = this.writers.get(config);
    if (!writer) this.writers.set(config, (writer = new EmailWriter(config)));
    return writer;
  }
}

/** The schema has seen to it that it is one. */
function senderOf({ from }: EmailConnection): Mailbox {
  const mailbox = mailboxOf(from);
  if (!mailbox) throw new EmailMessageError(`The connection’s sender '${from}' is not an address`);
  return mailbox;
}

function requestOf(
  { host, port, security }: EmailConnection,
  message: EmailMessage,
): ToldExchange['request'] {
  const { messageId, from, to, cc, bcc, subject, inReplyTo, text, html } = message;
  const list = (mailboxes: readonly Mailbox[]): string => mailboxes.map(shown).join(', ');
  return {
    method: 'SEND',
    url: `${security === 'tls' ? 'smtps' : 'smtp'}://${host}:${port}`,
    headers: {
      'message-id': messageId,
      from: shown(from),
      to: list(to),
      ...(cc.length > 0 && { cc: list(cc) }),
      ...(bcc.length > 0 && { bcc: list(bcc) }),
      subject,
      ...(inReplyTo !== undefined && { 'in-reply-to': inReplyTo }),
    },
    body: [text, html].filter((part) => part !== undefined).join('\n\n'),
  };
}

function shown({ name, address }: Mailbox): string {
  return name === '' ? address : `${name} <${address}>`;
}

function statusOf(response: string): number {
  return Number.parseInt(response, 10) || 250;
}

/** The message was taken for others: sending it again would reach those twice. */
function refusals({ rejectedErrors = [] }: Awaited<ReturnType<SmtpClient['send']>>): string[] {
  return rejectedErrors.map(
    ({ recipient, response, message }) =>
      `${recipient ?? 'a recipient'} was refused: ${response ?? message}`,
  );
}
