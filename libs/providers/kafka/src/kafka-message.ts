import { Template, templateScopeOf, type DeliveryContext } from '@nest-integrations/core';
import type { KafkaConfig } from './kafka-config.js';

/** A message, ready to be sent. */
export interface KafkaMessage {
  readonly key: string | null;
  readonly value: string;
  /** `webhook-id` among them: the event's id, the same over every retry and replay. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timestamp: string;
}

/** The templates of a config, read once. */
export class KafkaMessageWriter {
  private readonly key: Template | null;
  private readonly body: Template | null;
  private readonly headers: readonly (readonly [name: string, value: Template])[];

  /** @throws TemplateError */
  constructor({ key, body, headers }: KafkaConfig) {
    this.key = key === undefined ? null : Template.compile(key, 'text');
    this.body = body === undefined ? null : Template.compile(body, 'json');
    this.headers = Object.entries(headers).map(
      ([name, value]) => [name, Template.compile(value, 'text')] as const,
    );
  }

  /** @throws TemplateError */
  write({
    event,
    subscription,
  }: Pick<DeliveryContext<KafkaConfig>, 'event' | 'subscription'>): KafkaMessage {
    const { id, type, occurredAt } = event;
    const scope = templateScopeOf({ event, subscription });
    const at = Date.parse(occurredAt);
    return {
      key: this.key?.render(scope).trim() || null,
      value: this.body?.render(scope) ?? event.toStandardBody(),
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at / 1_000)),
        'event-type': type,
        ...Object.fromEntries(
          this.headers.map(([name, template]) => [name, template.render(scope)]),
        ),
      },
      timestamp: String(at),
    };
  }
}
