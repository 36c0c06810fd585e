import {
  ListQueuesCommand,
  SendMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import {
  delivered,
  IntegrationProvider,
  OptionsFor,
  OutboundHttpError,
  rejected,
  TemplateError,
  versioned,
  type ConnectionContext,
  type ConnectionTest,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
  type OptionPage,
  type OptionsContext,
} from '@nest-integrations/core';
import { Inject, Optional } from '@nestjs/common';
import { sqsConfig, sqsConnection, type SqsConfig, type SqsConnection } from './sqs-config.js';
import { sqsDocumentation } from './sqs-documentation.js';
import { isAccessDenied, sqsFailureOf, sqsReasonOf } from './sqs-failure.js';
import { SqsMessageError, SqsMessageWriter } from './sqs-message.js';
import { SqsTransport } from './sqs.transport.js';

type Credentials = NonNullable<SQSClientConfig['credentials']>;

/**
 * Token of the application's own credentials, like `fromNodeProviderChain()`: whoever may manage
 * connections can send with them. Not provided: connections need an access key.
 */
export const SQS_APPLICATION_CREDENTIALS = 'nest-integrations:sqs-application-credentials';

const QUEUES_A_PAGE = 100;

/** Sends events to queues of Amazon SQS. */
@IntegrationProvider({
  id: 'sqs',
  displayName: 'Amazon SQS',
  description: 'Sends each event to a queue, standard or FIFO.',
  icon: 'sqs',
  config: versioned(1, sqsConfig),
  connection: versioned(1, sqsConnection),
  documentation: sqsDocumentation,
})
export class SqsProvider implements DeliveryProvider<SqsConfig, SqsConnection> {
  private readonly writers = new WeakMap<SqsConfig, SqsMessageWriter>();

  constructor(
    @Optional()
    @Inject(SQS_APPLICATION_CREDENTIALS)
    private readonly applicationCredentials: Credentials | null = null,
  ) {}

  async deliver(context: DeliveryContext<SqsConfig, SqsConnection>): Promise<DeliveryOutcome> {
    const { connection, config, http } = context;
    const transport = new SqsTransport(http, true);
    try {
      const message = this.writerOf(config).write(context);
      const client = this.clientFor(connection, transport);
      const { MessageId } = await client.send(new SendMessageCommand(message));
      return delivered(MessageId === undefined ? {} : { externalId: MessageId });
    } catch (error) {
      if (
        error instanceof TemplateError ||
        error instanceof SqsMessageError ||
        error instanceof NoCredentialsError
      ) {
        return rejected(error.message);
      }
      return sqsFailureOf(error, transport.response);
    }
  }

  async testConnection({
    connection,
    http,
  }: ConnectionContext<SqsConnection>): Promise<ConnectionTest> {
    const transport = new SqsTransport(http, false);
    try {
      await this.clientFor(connection, transport).send(new ListQueuesCommand({ MaxResults: 1 }));
      return { ok: true, message: `The credentials are good in ${connection.region}` };
    } catch (error) {
      if (isAccessDenied(error)) {
        const message =
          'The credentials are good, but may not list queues: give the queue’s URL yourself, and send a test event';
        return { ok: true, message };
      }
      throw asked(error);
    }
  }

  @OptionsFor('queueUrl', { searchable: true })
  async queues(context: OptionsContext<SqsConnection>): Promise<OptionPage> {
    const { connection, http, search, cursor } = context;
    const client = this.clientFor(connection, new SqsTransport(http, false));
    const command = new ListQueuesCommand({
      MaxResults: QUEUES_A_PAGE,
      ...(search !== '' && { QueueNamePrefix: search }),
      ...(cursor !== undefined && { NextToken: cursor }),
    });
    const { QueueUrls = [], NextToken } = await client.send(command).catch((error: unknown) => {
      throw asked(error);
    });
    const options = QueueUrls.map((value) => ({ value, label: value.split('/').at(-1) ?? value }));
    return { options, ...(NextToken !== undefined && { nextCursor: NextToken }) };
  }

  /** It holds nothing open: all that it sends goes through the attempt's own HTTP client. */
  private clientFor(connection: SqsConnection, transport: SqsTransport): SQSClient {
    const { region, endpoint } = connection;
    return new SQSClient({
      region,
      ...(endpoint !== undefined && { endpoint }),
      credentials: this.credentialsOf(connection),
      requestHandler: transport,
      // Not the host that a queue's URL names: the credentials are for the connection's endpoint.
      useQueueUrlAsEndpoint: false,
      // The retry policy decides.
      maxAttempts: 1,
    });
  }

  /** @throws NoCredentialsError */
  private credentialsOf(connection: SqsConnection): Credentials {
    if (connection.method === 'application') {
      if (this.applicationCredentials) return this.applicationCredentials;
      throw new NoCredentialsError();
    }
    const { accessKeyId, secretAccessKey, sessionToken } = connection;
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  }

  private writerOf(config: SqsConfig): SqsMessageWriter {
    let writer = this.writers.get(config);
    if (!writer) this.writers.set(config, (writer = new SqsMessageWriter(config)));
    return writer;
  }
}

class NoCredentialsError extends Error {
  constructor() {
    super('This application offers no credentials of its own: give the connection an access key');
    this.name = 'NoCredentialsError';
  }
}

/** What an admin's form shows. */
function asked(error: unknown): Error {
  if (error instanceof OutboundHttpError || error instanceof NoCredentialsError) return error;
  return new Error(sqsReasonOf(error), { cause: error });
}
