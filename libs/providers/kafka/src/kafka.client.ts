import {
  outboundErrorOf,
  type OutboundHttpError,
  type SocketClient,
} from '@nest-integrations/core';
import {
  CompressionTypes,
  Kafka,
  logLevel,
  Partitioners,
  type ISocketFactory,
  type KafkaConfig as ClientConfig,
  type Producer,
  type RecordMetadata,
} from 'kafkajs';
import type { KafkaConfig, KafkaConnection } from './kafka-config.js';
import type { KafkaMessage } from './kafka-message.js';

const CONNECT_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 15_000;
const KEEP_ALIVE_AFTER_MS = 60_000;

/**
 * A producer and its connections, opened under the guard, those to the brokers that the cluster names
 * too. Not idempotent: kafkajs gives the number of a message that failed to the next one, which the
 * broker then takes for a repetition and drops.
 */
export class KafkaClient {
  private readonly kafka: Kafka;
  private readonly producer: Producer;
  /** What the last socket failed with: kafkajs tells its message alone. */
  private socketFailure: OutboundHttpError | null = null;

  private constructor(connection: KafkaConnection, sockets: SocketClient) {
    const { brokers, tls, ca, sasl } = connection;
    const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
      const target = {
        host,
        port,
        ...(tls && { tls: ca === undefined ? (true as const) : { ca } }),
      };
      return sockets
        .begin(target)
        .setKeepAlive(true, KEEP_ALIVE_AFTER_MS)
        .once(tls ? 'secureConnect' : 'connect', onConnect)
        .on('error', (error) => (this.socketFailure = outboundErrorOf(error, `${host}:${port}`)));
    };
    this.kafka = new Kafka({
      clientId: 'nest-integrations',
      brokers: [...brokers],
      ssl: tls,
      ...signIn(sasl),
      connectionTimeout: CONNECT_WITHIN_MS,
      authenticationTimeout: CONNECT_WITHIN_MS,
      requestTimeout: ANSWER_WITHIN_MS,
      socketFactory,
      // One look at each broker; the retry policy of the subscription decides about the rest.
      retry: { retries: brokers.length - 1, initialRetryTime: 50, maxRetryTime: 200 },
      logLevel: logLevel.NOTHING,
    });
    this.producer = this.kafka.producer({
      idempotent: false,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 0 },
    });
  }

  /** @throws OutboundHttpError where no broker can be reached, kafkajs' own where none lets us in */
  static async open(connection: KafkaConnection, sockets: SocketClient): Promise<KafkaClient> {
    const client = new KafkaClient(connection, sockets);
    await client.told(() => client.producer.connect());
    return client;
  }

  /** Resolves when all replicas in sync have it. */
  async send(
    { topic, compression }: KafkaConfig,
    message: KafkaMessage,
  ): Promise<RecordMetadata | undefined> {
    const sent = await this.told(() =>
      this.producer.send({
        topic,
        acks: -1,
        timeout: ANSWER_WITHIN_MS,
        compression: compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
        messages: [{ ...message, headers: { ...message.headers } }],
      }),
    );
    return sent[0];
  }

  async topics(): Promise<string[]> {
    const admin = this.kafka.admin();
    try {
      return await this.told(async () => {
        await admin.connect();
        return admin.listTopics();
      });
    } finally {
      await admin.disconnect();
    }
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
  }

  private async told<Result>(act: () => Promise<Result>): Promise<Result> {
    this.socketFailure = null;
    try {
      return await act();
    } catch (error) {
      throw isOfConnection(error) ? (this.socketFailure ?? error) : error;
    }
  }
}

function signIn(sasl: KafkaConnection['sasl']): Pick<ClientConfig, 'sasl'> {
  if (sasl.mechanism === 'none') return {};
  const { user: username, password } = sasl;
  switch (sasl.mechanism) {
    case 'plain':
      return { sasl: { mechanism: 'plain', username, password } };
    case 'scram-sha-256':
      return { sasl: { mechanism: 'scram-sha-256', username, password } };
    case 'scram-sha-512':
      return { sasl: { mechanism: 'scram-sha-512', username, password } };
  }
}

function isOfConnection(error: unknown): boolean {
  return error instanceof Error && /Connection/.test(`${error.name} ${error.message}`);
}
