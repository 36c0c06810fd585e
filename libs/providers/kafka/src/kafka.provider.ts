import {
  ClientPool,
  delivered,
  IntegrationProvider,
  OptionsFor,
  versioned,
  type ConnectionContext,
  type ConnectionTest,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
  type Option,
  type OptionsContext,
  type ToldExchange,
} from '@nest-integrations/core';
import type { OnApplicationShutdown } from '@nestjs/common';
import {
  kafkaConfig,
  kafkaConnection,
  type KafkaConfig,
  type KafkaConnection,
} from './kafka-config.js';
import { kafkaDocumentation } from './kafka-documentation.js';
import { kafkaFailureOf } from './kafka-failure.js';
import { KafkaMessageWriter, type KafkaMessage } from './kafka-message.js';
import { KafkaClient } from './kafka.client.js';

type Context = DeliveryContext<KafkaConfig, KafkaConnection>;

/** Sends events to topics of Kafka. */
@IntegrationProvider({
  id: 'kafka',
  displayName: 'Kafka',
  description: 'Sends each event to a topic, held by all replicas in sync.',
  icon: 'kafka',
  config: versioned(1, kafkaConfig),
  connection: versioned(1, kafkaConnection),
  documentation: kafkaDocumentation,
})
export class KafkaProvider
  implements DeliveryProvider<KafkaConfig, KafkaConnection>, OnApplicationShutdown
{
  private readonly writers = new WeakMap<KafkaConfig, KafkaMessageWriter>();
  private readonly clients = new ClientPool<KafkaConnection, KafkaClient>({
    close: (client) => client.close(),
  });

  async deliver(context: Context): Promise<DeliveryOutcome> {
    const { connection, config, sockets } = context;
    const message = this.writerOf(config).write(context);
    const startedAt = performance.now();
    const tell = (response: ToldExchange['response']): void =>
      context.tell({
        request: requestOf(connection, config, message),
        response,
        totalMs: performance.now() - startedAt,
      });
    tell(null);
    try {
      const opened = () => KafkaClient.open(connection, sockets);
      const sent = await this.clients.use(connection, opened, (client) =>
        this.send(client, context, message),
      );
      const place = `${config.topic}/${sent?.partition}/${sent?.baseOffset}`;
      tell({ status: 0, body: place });
      return delivered({ externalId: place });
    } catch (error) {
      const { outcome, code, answer } = kafkaFailureOf(error);
      if (code !== null) tell({ status: code, body: answer });
      return outcome;
    }
  }

  async preview(context: Context): Promise<void> {
    const { connection, config } = context;
    const request = requestOf(connection, config, this.writerOf(config).write(context));
    context.tell({ request, response: null, totalMs: 0 });
  }

  async testConnection({
    connection,
    sockets,
  }: ConnectionContext<KafkaConnection>): Promise<ConnectionTest> {
    try {
      const { length } = await topicsOf(connection, sockets);
      return { ok: true, message: `The cluster shows ${length} topics` };
    } catch (error) {
      return { ok: false, message: reasonOf(error) };
    }
  }

  @OptionsFor('topic')
  async topics(context: OptionsContext<KafkaConnection>): Promise<Option[]> {
    const { connection, sockets } = context;
    const topics = await topicsOf(connection, sockets).catch((error: unknown) => {
      throw new Error(reasonOf(error), { cause: error });
    });
    return topics
      .filter((topic) => !topic.startsWith('__'))
      .toSorted()
      .map((topic) => ({ value: topic, label: topic }));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.clients.close();
  }

  /** After a failure it is not known what the client still knows: the next attempt has another. */
  private async send(client: KafkaClient, { config, connection }: Context, message: KafkaMessage) {
    try {
      return await client.send(config, message);
    } catch (error) {
      this.clients.discard(connection, client);
      throw error;
    }
  }

  private writerOf(config: KafkaConfig): KafkaMessageWriter {
    let writer = this.writers.get(config);
    if (!writer) this.writers.set(config, (writer = new KafkaMessageWriter(config)));
    return writer;
  }
}

async function topicsOf(
  connection: KafkaConnection,
  sockets: ConnectionContext['sockets'],
): Promise<string[]> {
  const client = await KafkaClient.open(connection, sockets);
  try {
    return await client.topics();
  } finally {
    await client.close();
  }
}

function reasonOf(error: unknown): string {
  const { outcome } = kafkaFailureOf(error);
  return outcome.kind === 'delivered' ? '' : outcome.reason;
}

function requestOf(
  { brokers }: KafkaConnection,
  { topic }: KafkaConfig,
  { key, value, headers }: KafkaMessage,
): ToldExchange['request'] {
  return {
    method: 'PRODUCE',
    url: `kafka://${brokers[0]}/${topic}`,
    headers: { ...(key !== null && { key }), ...headers },
    body: value,
  };
}
