import { secret, ui } from '@nest-integrations/common';
import { areCertificates } from '@nest-integrations/core';
import { z } from 'zod';

const BROKER = /^(\[[0-9a-f:.]{2,45}\]|[\p{L}\p{N}._-]{1,253}):\d{1,5}$/iu;

const sasl = z.discriminatedUnion('mechanism', [
  z.strictObject({ mechanism: z.literal('none') }),
  z.strictObject({
    mechanism: z.literal('plain').describe('With TLS alone: the password is sent as it is.'),
    user: ui(z.string().min(1).max(255), { title: 'User' }),
    password: ui(secret(z.string().min(1).max(2_000)), { title: 'Password' }),
  }),
  z.strictObject({
    mechanism: z.enum(['scram-sha-256', 'scram-sha-512']),
    user: ui(z.string().min(1).max(255), { title: 'User' }),
    password: ui(secret(z.string().min(1).max(2_000)), { title: 'Password' }),
  }),
]);

/** A cluster and who we are there. Version 1. */
export const kafkaConnection = z
  .strictObject({
    brokers: ui(
      z
        .array(
          ui(z.string().regex(BROKER, 'must be a host and a port, like kafka.example.com:9093'), {
            destination: 'host',
          }),
        )
        .min(1)
        .max(20)
        .describe('The first that answers names the others.'),
      { title: 'Brokers', placeholder: 'kafka.example.com:9093' },
    ),
    tls: ui(z.boolean().default(true).describe('Certificates are always verified.'), {
      title: 'TLS',
    }),
    ca: ui(
      z
        .string()
        .max(100_000)
        .refine(
          areCertificates,
          'must be certificates in PEM, beginning with -----BEGIN CERTIFICATE-----',
        )
        .optional()
        .describe(
          'Authorities trusted for these brokers, in PEM, in place of those of the system.',
        ),
      { title: 'Authority', multiline: true, showWhen: { tls: [true] } },
    ),
    sasl: ui(sasl.default({ mechanism: 'none' }), { title: 'Sign-in' }),
  })
  .refine((connection) => connection.tls || connection.sasl.mechanism !== 'plain', {
    path: ['sasl', 'mechanism'],
    message: 'must not be plain without TLS: anyone could read the password',
  });

export type KafkaConnection = z.output<typeof kafkaConnection>;

const MAX_HEADERS = 20;
const OUR_HEADERS = ['webhook-id', 'webhook-timestamp', 'event-type'];

/** What is sent, and to which topic. Version 1. */
export const kafkaConfig = z.strictObject({
  topic: ui(
    z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/, 'must be the name of a topic'),
    { title: 'Topic' },
  ),
  key: ui(
    z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .describe('Messages of one key are in one partition, in order. Left out: spread over all.'),
    { title: 'Key', template: 'text', placeholder: '{{ payload.incident.id }}' },
  ),
  body: ui(
    z
      .string()
      .max(200_000)
      .optional()
      .describe('JSON. Left out: `{ "type", "timestamp", "data" }` of the event.'),
    { title: 'Body', multiline: true, template: 'json' },
  ),
  headers: z
    .record(z.string().min(1).max(255), ui(z.string().min(1).max(10_000), { template: 'text' }))
    .refine(
      (headers) => Object.keys(headers).length <= MAX_HEADERS,
      `must be ${MAX_HEADERS} headers at most`,
    )
    .refine(
      (headers) => !Object.keys(headers).some((name) => OUR_HEADERS.includes(name)),
      `must not be ${OUR_HEADERS.join(', ')}, which are sent anyway`,
    )
    .default({})
    .describe('Beside webhook-id, webhook-timestamp and event-type.'),
  compression: z.enum(['none', 'gzip']).default('none'),
});

export type KafkaConfig = z.output<typeof kafkaConfig>;
