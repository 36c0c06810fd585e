import {
  Template,
  templateScopeOf,
  type DeliveredEvent,
  type DeliveryContext,
} from '@nest-integrations/core';
import type { RabbitMqConfig } from './rabbitmq-config.js';

/** A message, ready to be published. */
export interface RabbitMqMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The event's id, the same over every retry and replay. */
  readonly messageId: string;
  readonly type: string;
  /** Seconds. */
  readonly timestamp: number;
  readonly persistent: boolean;
  readonly mandatory: boolean;
}

/** No message can be made of this event. */
export class RabbitMqMessageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RabbitMqMessageError';
  }
}

/** A short string of AMQP. */
const MAX_SHORT = 255;

/** The templates of a config, read once. */
export class RabbitMqMessageWriter {
  private readonly routingKey: Template;
  private readonly body: Template | null;
  private readonly headers: readonly (readonly [name: string, value: Template])[];

  /** @throws TemplateError */
  constructor(private readonly config: RabbitMqConfig) {
    const { routingKey, body, headers } = config;
    this.routingKey = Template.compile(routingKey, 'text');
    this.body = body === undefined ? null : Template.compile(body, 'json');
    this.headers = Object.entries(headers).map(
      ([name, value]) => [name, Template.compile(value, 'text')] as const,
    );
  }

  /** @throws TemplateError, RabbitMqMessageError */
  write({
    event,
    subscription,
  }: Pick<DeliveryContext<RabbitMqConfig>, 'event' | 'subscription'>): RabbitMqMessage {
    const { id, type, occurredAt } = event;
    const scope = templateScopeOf({ event, subscription });
    const routingKey = this.routingKey.render(scope).trim();
    if (Buffer.byteLength(routingKey) > MAX_SHORT) {
      throw new RabbitMqMessageError(`The routing key has more than ${MAX_SHORT} bytes`);
    }
    const { exchange, persistent, mandatory, format } = this.config;
    const isCloudEvent = format === 'cloudevents';
    const body = {
      standard: () => event.toStandardBody(),
      cloudevents: () => cloudEvent(event),
      template: () => this.body?.render(scope) ?? event.toStandardBody(),
    }[format]();
    const timestamp = Math.floor(Date.parse(occurredAt) / 1_000);
    return {
      exchange,
      routingKey,
      content: Buffer.from(body),
      contentType: isCloudEvent ? 'application/cloudevents+json' : 'application/json',
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'event-type': type,
        ...Object.fromEntries(
          this.headers.map(([name, template]) => [name, template.render(scope)]),
        ),
      },
      messageId: id,
      type: type.slice(0, MAX_SHORT),
      timestamp,
      persistent,
      mandatory,
    };
  }
}

/** Structured, in the JSON format (AMQP binding §3.2). The payload is not parsed. */
function cloudEvent({ id, type, occurredAt, payloadJson }: DeliveredEvent): string {
  const head = JSON.stringify({
    specversion: '1.0',
    id,
    source: '/nest-integrations',
    type,
    time: occurredAt,
    datacontenttype: 'application/json',
  });
  return `${head.slice(0, -1)},"data":${payloadJson}}`;
}
