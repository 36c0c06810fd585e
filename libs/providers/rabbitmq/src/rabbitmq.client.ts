import { ClientPool, outboundErrorOf, type SocketClient } from '@nest-integrations/core';
import { connect, type ChannelModel, type ConfirmChannel, type SocketOptions } from 'amqplib';
import type { RabbitMqConfig, RabbitMqConnection } from './rabbitmq-config.js';
import type { RabbitMqMessage } from './rabbitmq-message.js';

/** What the broker said to a message. */
export type Published =
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'returned'; readonly code: number; readonly text: string };

/** The broker closed the connection or the channel, or did not take the message. */
export class BrokerError extends Error {
  constructor(
    /** AMQP's reply code: 403, 404, 530; `null`: there was none. */
    readonly code: number | null,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'BrokerError';
  }
}

const HANDSHAKE_WITHIN_MS = 10_000;
const HEARTBEAT_SECONDS = 20;
const MAX_CHANNELS = 200;

/**
 * One connection to a broker, a channel for each config: an error of AMQP closes its channel, and with
 * it what others have under way there.
 */
export class RabbitMqClient {
  private readonly channels = new ClientPool<RabbitMqConfig, PublishingChannel>({
    close: (channel) => channel.close(),
    max: MAX_CHANNELS,
  });
  private failure: BrokerError | null = null;
  private blockedFor: string | null = null;

  private constructor(private readonly model: ChannelModel) {
    model.on('error', (error) => (this.failure ??= brokerErrorOf(error)));
    model.on('close', (error) => {
      this.failure ??= brokerErrorOf(error ?? new Error('the connection was closed'));
    });
    model.on('blocked', (reason) => (this.blockedFor = reason));
    model.on('unblocked', () => (this.blockedFor = null));
  }

  /** @throws OutboundHttpError where it can't be reached, BrokerError where it refuses us */
  static async open(
    connection: RabbitMqConnection,
    sockets: SocketClient,
    signal?: AbortSignal,
  ): Promise<RabbitMqClient> {
    const { host, port, tls, virtualHost, user, password, ca } = connection;
    const socketOptions: SocketOptions = {
      noDelay: true,
      timeout: HANDSHAKE_WITHIN_MS,
      clientProperties: { connection_name: 'nest-integrations' },
      // The client makes TLS of a connection that is there; a plain one it can only open itself.
      ...(tls
        ? {
            ...sockets.tlsOptions(host, ca === undefined ? undefined : { ca }),
            socket: await sockets.connect({ host, port }, signal),
          }
        : sockets.plainOptions({ host, port })),
    };
    try {
      return new RabbitMqClient(
        await connect(
          {
            protocol: tls ? 'amqps' : 'amqp',
            hostname: host,
            port,
            vhost: encodeURIComponent(virtualHost),
            username: user,
            password,
            heartbeat: HEARTBEAT_SECONDS,
          },
          socketOptions,
        ),
      );
    } catch (error) {
      const failure = brokerErrorOf(error);
      throw failure.code === null ? outboundErrorOf(error, `${host}:${port}`) : failure;
    }
  }

  get isClosed(): boolean {
    return this.failure !== null;
  }

  /** @throws BrokerError */
  async publish(
    config: RabbitMqConfig,
    message: RabbitMqMessage,
    signal: AbortSignal,
  ): Promise<Published> {
    if (this.blockedFor !== null) {
      throw new BrokerError(null, `the broker takes no messages now: ${this.blockedFor}`);
    }
    const opened = () => PublishingChannel.open(this.model);
    return this.channels.use(config, opened, async (channel) => {
      try {
        return await channel.publish(message, signal);
      } catch (error) {
        throw this.failure ?? error;
      } finally {
        if (channel.isClosed) this.channels.discard(config, channel);
      }
    });
  }

  async close(): Promise<void> {
    // A connection that is gone would not answer.
    if (this.failure) return;
    await this.channels.close();
    await this.model.close();
  }
}

class PublishingChannel {
  private readonly returned = new Map<string, Published>();
  private failure: BrokerError | null = null;

  private constructor(private readonly channel: ConfirmChannel) {
    channel.on('error', (error) => (this.failure ??= brokerErrorOf(error)));
    channel.on('close', () => {
      this.failure ??= new BrokerError(
        null,
        'the channel was closed before the broker had confirmed',
      );
    });
    // Before its confirmation: https://www.rabbitmq.com/docs/confirms#when-publishes-are-confirmed
    channel.on('return', ({ fields, properties }) => {
      const { replyCode, replyText } = { replyCode: 312, replyText: 'NO_ROUTE', ...fields };
      const id: unknown = properties.messageId;
      this.returned.set(String(id), { kind: 'returned', code: replyCode, text: replyText });
    });
  }

  static async open(model: ChannelModel): Promise<PublishingChannel> {
    return new PublishingChannel(await model.createConfirmChannel());
  }

  get isClosed(): boolean {
    return this.failure !== null;
  }

  publish(message: RabbitMqMessage, signal: AbortSignal): Promise<Published> {
    const { exchange, routingKey, content, ...options } = message;
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(new BrokerError(null, 'no confirmation came in time'));
      signal.addEventListener('abort', abort, { once: true });
      const settled = (error: unknown): void => {
        signal.removeEventListener('abort', abort);
        const returned = this.returned.get(message.messageId);
        this.returned.delete(message.messageId);
        if (error === null || error === undefined) resolve(returned ?? { kind: 'confirmed' });
        else reject(this.failure ?? brokerErrorOf(error));
      };
      try {
        this.channel.publish(exchange, routingKey, content, { ...options }, settled);
      } catch (error) {
        settled(error);
      }
    });
  }

  async close(): Promise<void> {
    if (!this.failure) await this.channel.close();
  }
}

/** The client tells the broker's code in a field, or in its message alone. */
function brokerErrorOf(error: unknown): BrokerError {
  if (error instanceof BrokerError) return error;
  const { message } = error instanceof Error ? error : { message: String(error) };
  // Asked for the virtual host, the broker closes: the client keeps its reason to itself.
  if (/Expected ConnectionOpenOk; got <ConnectionClose/.test(message)) {
    return new BrokerError(530, 'The broker refused the virtual host', { cause: error });
  }
  const field = error instanceof Error && 'code' in error ? error.code : undefined;
  const code =
    typeof field === 'number' ? field : Number(/\b([3-5]\d\d) \([A-Z-]+\)/.exec(message)?.[1]);
  return new BrokerError(Number.isInteger(code) ? code : null, message, { cause: error });
}
