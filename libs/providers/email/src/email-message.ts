import { cutText } from '@nest-integrations/common';
import {
  Template,
  templateScopeOf,
  type DeliveryContext,
  type DeliveryThread,
} from '@nest-integrations/core';
import type { EmailConfig } from './email-config.js';
import { domainOf, mailboxOf, type Mailbox } from './mailbox.js';

/** A message, ready to be sent. */
export interface EmailMessage {
  /** The same over every retry and replay of the event for its subscription. */
  readonly messageId: string;
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly bcc: readonly Mailbox[];
  readonly replyTo?: Mailbox;
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  /** `Message-ID` of the first message of its thread. */
  readonly inReplyTo?: string;
}

/** The message can't be made of this event. */
export class EmailMessageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EmailMessageError';
  }
}

type Source = Pick<DeliveryContext<EmailConfig>, 'event' | 'subscription'> & {
  readonly thread: DeliveryThread | null;
};

const MAX_SUBJECT = 500;

/** The templates of a config, read once. */
export class EmailWriter {
  private readonly to: readonly Template[];
  private readonly cc: readonly Template[];
  private readonly bcc: readonly Template[];
  private readonly subject: Template;
  private readonly text: Template | null;
  private readonly html: Template | null;
  private readonly replyTo: Mailbox | null;

  /** @throws TemplateError */
  constructor({ to, cc, bcc, subject, text, html, replyTo }: EmailConfig) {
    const compiled = (sources: readonly string[]): Template[] =>
      sources.map((source) => Template.compile(source, 'text'));
    this.to = compiled(to);
    this.cc = compiled(cc);
    this.bcc = compiled(bcc);
    this.subject = Template.compile(subject, 'text');
    this.text = text === undefined ? null : Template.compile(text, 'text');
    this.html = html === undefined ? null : Template.compile(html, 'html');
    this.replyTo = replyTo === undefined ? null : mailboxOf(replyTo);
  }

  /** @throws TemplateError, EmailMessageError */
  write({ event, subscription, thread }: Source, from: Mailbox): EmailMessage {
    const { id, type } = event;
    const scope = templateScopeOf({ event, subscription });
    const mailboxes = (templates: readonly Template[]): Mailbox[] =>
      templates.flatMap((template) => recipient(template.render(scope)));
    const to = mailboxes(this.to);
    if (to.length === 0) {
      throw new EmailMessageError(
        'The templates of the recipients yield no address for this event',
      );
    }
    const text = this.text?.render(scope) ?? (this.html ? undefined : defaultText(event));
    return {
      messageId: `<${id}.${subscription.id}@${domainOf(from)}>`,
      from,
      to,
      cc: mailboxes(this.cc),
      bcc: mailboxes(this.bcc),
      ...(this.replyTo && { replyTo: this.replyTo }),
      subject: cutText(oneLine(this.subject.render(scope)), MAX_SUBJECT) || type,
      ...(text !== undefined && { text }),
      ...(this.html && { html: this.html.render(scope) }),
      ...(thread?.externalId && { inReplyTo: thread.externalId }),
    };
  }
}

/** A value of an event can't add a recipient: each template is one, or none. */
function recipient(rendered: string): Mailbox[] {
  if (rendered.trim() === '') return [];
  const mailbox = mailboxOf(rendered);
  if (mailbox) return [mailbox];
  const shown = oneLine(rendered).slice(0, 100);
  throw new EmailMessageError(
    `The template of a recipient yields '${shown}', which is not one address`,
  );
}

function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\0-\x1f\x7f\u2028\u2029]+/g, ' ').trim();
}

function defaultText({ type, occurredAt, payload }: Source['event']): string {
  return `${type}\n${occurredAt}\n\n${JSON.stringify(payload, null, 2)}\n`;
}
