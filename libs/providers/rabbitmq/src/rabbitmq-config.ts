import { secret, ui } from '@nest-integrations/common';
import { areCertificates } from '@nest-integrations/core';
import { z } from 'zod';

/** A broker, a virtual host and who we are there. Version 1. */
export const rabbitMqConnection = z.strictObject({
  host: ui(
    z.string().regex(/^[\p{L}\p{N}._:-]{1,253}$/u, 'must be a host, like rabbitmq.example.com'),
    { title: 'Host', placeholder: 'rabbitmq.example.com', destination: 'host' },
  ),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .default(5_671)
    .describe('5671 with TLS, 5672 without, as a rule.'),
  tls: ui(z.boolean().default(true).describe('Certificates are always verified.'), {
    title: 'TLS',
  }),
  virtualHost: ui(z.string().min(1).max(255).default('/'), { title: 'Virtual host' }),
  user: ui(z.string().min(1).max(255), { title: 'User' }),
  password: ui(secret(z.string().min(1).max(2_000)), { title: 'Password' }),
  ca: ui(
    z
      .string()
      .max(100_000)
      .refine(
        areCertificates,
        'must be certificates in PEM, beginning with -----BEGIN CERTIFICATE-----',
      )
      .optional()
      .describe('Authorities trusted for this broker, in PEM, in place of those of the system.'),
    { title: 'Authority', multiline: true, showWhen: { tls: [true] } },
  ),
});

export type RabbitMqConnection = z.output<typeof rabbitMqConnection>;

const MAX_HEADERS = 20;
const OUR_HEADERS = ['webhook-id', 'webhook-timestamp', 'event-type'];

/** What is published, and where. Version 1. */
export const rabbitMqConfig = z.strictObject({
  exchange: ui(
    z
      .string()
      .max(255)
      .default('')
      .describe('Left empty: the default exchange, whose routing key is the name of a queue.'),
    { title: 'Exchange' },
  ),
  routingKey: ui(z.string().min(1).max(1_000).default('{{ event.type }}'), {
    title: 'Routing key',
    template: 'text',
  }),
  mandatory: z
    .boolean()
    .default(true)
    .describe('A message that no queue takes is rejected; otherwise the broker drops it.'),
  persistent: z.boolean().default(true).describe('Kept on disk by durable queues.'),
  format: z
    .enum(['standard', 'cloudevents', 'template'])
    .default('standard')
    .describe('`{ "type", "timestamp", "data" }`, CloudEvents 1.0, or a template of your own.'),
  body: ui(z.string().max(200_000).optional().describe('JSON.'), {
    title: 'Body',
    multiline: true,
    template: 'json',
    showWhen: { format: ['template'] },
  }),
  headers: z
    .record(z.string().min(1).max(255), ui(z.string().min(1).max(10_000), { template: 'text' }))
    .refine(
      (headers) => Object.keys(headers).length <= MAX_HEADERS,
      `must be ${MAX_HEADERS} headers at most`,
    )
    .refine(
      (headers) =>
        !Object.keys(headers).some(
          (name) => OUR_HEADERS.includes(name) || /^(cc|bcc)$/i.test(name),
        ),
      `must not be ${OUR_HEADERS.join(', ')}, which are sent anyway, nor CC or BCC, which route`,
    )
    .default({})
    .describe('Beside webhook-id, webhook-timestamp and event-type.'),
});

export type RabbitMqConfig = z.output<typeof rabbitMqConfig>;
