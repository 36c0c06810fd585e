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
  rabbitMqConfig,
  rabbitMqConnection,
  type RabbitMqConfig,
  type RabbitMqConnection,
} from './rabbitmq-config.js';
import { rabbitMqDocumentation } from './rabbitmq-documentation.js';
import { rabbitMqFailureOf } from './rabbitmq-failure.js';
import {
  RabbitMqMessageError,
  RabbitMqMessageWriter,
  type RabbitMqMessage,
} from './rabbitmq-message.js';
import { BrokerError, RabbitMqClient, type Published } from './rabbitmq.client.js';

type Context = DeliveryContext<RabbitMqConfig, RabbitMqConnection>;

/** Publishes events to exchanges of RabbitMQ. */
@IntegrationProvider({
  id: 'rabbitmq',
  displayName: 'RabbitMQ',
  description: 'Publishes each event to an exchange, confirmed by the broker.',
  icon: 'rabbitmq',
  config: versioned(1, rabbitMqConfig),
  connection: versioned(1, rabbitMqConnection),
  documentation: rabbitMqDocumentation,
})
export class RabbitMqProvider
  implements DeliveryProvider<RabbitMqConfig, RabbitMqConnection>, OnApplicationShutdown
{
  private readonly writers = new WeakMap<RabbitMqConfig, RabbitMqMessageWriter>();
  private readonly clients = new ClientPool<RabbitMqConnection, RabbitMqClient>({
    close: (client) => client.close(),
  });

  validate({ format, body }: RabbitMqConfig): { field: string; message: string }[] {
    const isMissing = format === 'template' && body === undefined;
    return isMissing ? [{ field: 'body', message: 'is needed with the format template' }] : [];
  }

  async deliver(context: Context): Promise<DeliveryOutcome> {
    const message = this.written(context);
    if ('kind' in message) return message;
    const startedAt = performance.now();
    const tell = (response: ToldExchange['response']): void =>
      context.tell({
        request: requestOf(context.connection, message),
        response,
        totalMs: performance.now() - startedAt,
      });
    tell(null);
    try {
      const published = await this.publish(context, message);
      if (published.kind === 'confirmed') {
        tell({ status: 200, body: 'confirmed' });
        return delivered({ externalId: message.messageId });
      }
      const { code, text } = published;
      tell({ status: code, body: text });
      return rejected(
        `The broker returned the message: ${code} ${text}. Bind a queue to the exchange for its routing key`,
      );
    } catch (error) {
      const outcome = rabbitMqFailureOf(error);
      if (error instanceof BrokerError && error.code !== null) {
        tell({ status: error.code, body: error.message });
      }
      return outcome;
    }
  }

  async preview(context: Context): Promise<DeliveryOutcome | void> {
    const message = this.written(context);
    if ('kind' in message) return message;
    const request = requestOf(context.connection, message);
    context.tell({ request, response: null, totalMs: 0 });
  }

  async testConnection(context: ConnectionContext<RabbitMqConnection>): Promise<ConnectionTest> {
    const { connection, sockets, signal } = context;
    const { host, port, user, virtualHost } = connection;
    try {
      const client = await RabbitMqClient.open(connection, sockets, signal);
      await client.close();
      return { ok: true, message: `Signed in as ${user} at ${host}:${port}, ${virtualHost}` };
    } catch (error) {
      const outcome = rabbitMqFailureOf(error);
      return { ok: false, message: outcome.kind === 'delivered' ? '' : outcome.reason };
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.clients.close();
  }

  /** Or that there is none to send. */
  private written(context: Context): RabbitMqMessage | DeliveryOutcome {
    try {
      return this.writerOf(context.config).write(context);
    } catch (error) {
      if (error instanceof TemplateError || error instanceof RabbitMqMessageError) {
        return rejected(error.message);
      }
      throw error;
    }
  }

  private publish(context: Context, message: RabbitMqMessage): Promise<Published> {
    const { connection, config, sockets, signal } = context;
    const opened = () => RabbitMqClient.open(connection, sockets);
    return this.clients.use(connection, opened, async (client) => {
      try {
        return await client.publish(config, message, signal);
      } finally {
        if (client.isClosed) this.clients.discard(connection, client);
      }
    });
  }

  private writerOf(config: RabbitMqConfig): RabbitMqMessageWriter {
    let writer = this.writers.get(config);
    if (!writer) this.writers.set(config, (writer = new RabbitMqMessageWriter(config)));
    return writer;
  }
}

function requestOf(
  { host, port, tls, virtualHost }: RabbitMqConnection,
  message: RabbitMqMessage,
): ToldExchange['request'] {
  const { exchange, routingKey, headers, contentType, messageId, content } = message;
  return {
    method: 'PUBLISH',
    url: `${tls ? 'amqps' : 'amqp'}://${host}:${port}/${encodeURIComponent(virtualHost)}`,
    headers: {
      exchange,
      'routing-key': routingKey,
      'message-id': messageId,
      'content-type': contentType,
      ...headers,
    },
    body: content,
  };
}
