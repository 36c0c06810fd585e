import { secret, ui } from '@nest-integrations/common';
import { z } from 'zod';

const region = ui(
  z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, like eu-central-1'),
  { title: 'Region', placeholder: 'eu-central-1' },
);

const endpoint = ui(
  z
    .url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' })
    .max(2_048)
    .optional()
    .describe('Left out: that of the region. For VPC endpoints and servers that speak like SQS.'),
  { title: 'Endpoint', placeholder: 'https://sqs.eu-central-1.amazonaws.com' },
);

/** An account, by an access key or by what the application itself may do. Version 1. */
export const sqsConnection = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('access-key'),
    region,
    accessKeyId: ui(z.string().min(1).max(128), { title: 'Access key id' }),
    secretAccessKey: ui(secret(z.string().min(1).max(500)), { title: 'Secret access key' }),
    sessionToken: ui(secret(z.string().min(1).max(8_000).optional()), { title: 'Session token' }),
    endpoint,
  }),
  z.strictObject({
    method: z
      .literal('application')
      .describe('The application’s own credentials, where it offers them to its subscriptions.'),
    region,
    endpoint,
  }),
]);

export type SqsConnection = z.output<typeof sqsConnection>;

/** SQS takes ten attributes; three are ours. */
const MAX_ATTRIBUTES = 7;
export const OUR_ATTRIBUTES = ['webhook-id', 'webhook-timestamp', 'event-type'];

const attributeName = z
  .string()
  .regex(
    /^(?!AWS\.|Amazon\.)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/i,
    'must be letters, digits, _, - and single dots, and not begin with AWS. or Amazon.',
  )
  .max(256);

/** What is sent, and to which queue. Version 1. */
export const sqsConfig = z.strictObject({
  queueUrl: ui(z.url({ protocol: /^https?$/, error: 'must be the URL of a queue' }).max(2_048), {
    title: 'Queue',
    placeholder: 'https://sqs.eu-central-1.amazonaws.com/123456789012/events',
    destination: 'url',
  }),
  body: ui(
    z
      .string()
      .max(200_000)
      .optional()
      .describe('JSON. Left out: `{ "type", "timestamp", "data" }` of the event.'),
    { title: 'Body', multiline: true, template: 'json' },
  ),
  attributes: z
    .record(attributeName, ui(z.string().min(1).max(10_000), { template: 'text' }))
    .refine(
      (attributes) => Object.keys(attributes).length <= MAX_ATTRIBUTES,
      `must be ${MAX_ATTRIBUTES} attributes at most`,
    )
    .refine(
      (attributes) => !Object.keys(attributes).some((name) => OUR_ATTRIBUTES.includes(name)),
      `must not be ${OUR_ATTRIBUTES.join(', ')}, which are sent anyway`,
    )
    .default({})
    .describe('Beside webhook-id, webhook-timestamp and event-type.'),
  messageGroupId: ui(
    z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .describe(
        'For FIFO queues: messages of one group are received one after the other. Left out: all of the subscription are one group.',
      ),
    { title: 'Message group', template: 'text', placeholder: '{{ payload.incident.id }}' },
  ),
});

export type SqsConfig = z.output<typeof sqsConfig>;
