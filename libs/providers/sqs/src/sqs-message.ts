import type { MessageAttributeValue, SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { Template, templateScopeOf, type DeliveryContext } from '@nest-integrations/core';
import type { SqsConfig } from './sqs-config.js';

/** Body and attributes together: names, types and values. */
const MAX_BYTES = 1_048_576;
const MAX_GROUP = 128;

/** No message for SQS can be made of this event. */
export class SqsMessageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SqsMessageError';
  }
}

/** The templates of a config, read once. */
export class SqsMessageWriter {
  private readonly body: Template | null;
  private readonly attributes: readonly (readonly [name: string, value: Template])[];
  private readonly group: Template | null;
  private readonly isFifo: boolean;

  /** @throws TemplateError */
  constructor(private readonly config: SqsConfig) {
    const { body, attributes, messageGroupId, queueUrl } = config;
    this.body = body === undefined ? null : Template.compile(body, 'json');
    this.attributes = Object.entries(attributes).map(
      ([name, value]) => [name, Template.compile(value, 'text')] as const,
    );
    this.group = messageGroupId === undefined ? null : Template.compile(messageGroupId, 'text');
    this.isFifo = new URL(queueUrl).pathname.endsWith('.fifo');
  }

  /** @throws TemplateError, SqsMessageError */
  write({
    event,
    subscription,
  }: Pick<DeliveryContext<SqsConfig>, 'event' | 'subscription'>): SendMessageCommandInput {
    const { id, type, occurredAt } = event;
    const scope = templateScopeOf({ event, subscription });
    const body = sendable(this.body?.render(scope) ?? event.toStandardBody(), escapedInJson);
    const attributes: Record<string, MessageAttributeValue> = {
      'webhook-id': text(id),
      'webhook-timestamp': text(String(Math.floor(Date.parse(occurredAt) / 1_000))),
      'event-type': text(type),
    };
    for (const [name, template] of this.attributes) {
      const value = sendable(template.render(scope), () => '\uFFFD');
      // SQS refuses an empty one.
      if (value !== '') attributes[name] = text(value);
    }
    const bytes = sizeOf(body, attributes);
    if (bytes > MAX_BYTES) {
      throw new SqsMessageError(`The message has ${bytes} bytes; SQS takes ${MAX_BYTES}`);
    }
    const group = this.groupOf(this.group?.render(scope) ?? '', subscription.id);
    return {
      QueueUrl: this.config.queueUrl,
      MessageBody: body,
      MessageAttributes: attributes,
      ...(group !== null && { MessageGroupId: group }),
      ...(this.isFifo && { MessageDeduplicationId: `${id}.${subscription.id}` }),
    };
  }

  private groupOf(rendered: string, subscriptionId: string): string | null {
    const group = rendered.trim();
    if (group === '') return this.isFifo ? subscriptionId : null;
    if (group.length <= MAX_GROUP && /^[\x21-\x7e]+$/.test(group)) return group;
    throw new SqsMessageError(
      `The template of the message group must yield up to ${MAX_GROUP} letters, digits and punctuation, without spaces`,
    );
  }
}

function text(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value };
}

/** SQS takes XML's characters alone. */
const UNSENDABLE =
  // oxlint-disable-next-line no-control-regex
  /[\0-\x08\x0b\x0c\x0e-\x1f\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

function sendable(text: string, instead: (character: string) => string): string {
  return text.replaceAll(UNSENDABLE, instead);
}

function escapedInJson(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function sizeOf(body: string, attributes: Record<string, MessageAttributeValue>): number {
  return Object.entries(attributes).reduce(
    (bytes, [name, { DataType = '', StringValue = '' }]) =>
      bytes + Buffer.byteLength(name + DataType + StringValue),
    Buffer.byteLength(body),
  );
}
