import { secret, ui } from '@nest-integrations/common';
import { areCertificates } from '@nest-integrations/core';
import { z } from 'zod';
import { mailboxOf } from './mailbox.js';

const mailbox = z
  .string()
  .max(500)
  .refine((text) => mailboxOf(text) !== null, 'must be one address, like Ops <ops@example.com>');

const certificates = z
  .string()
  .max(100_000)
  .refine(
    areCertificates,
    'must be certificates in PEM, beginning with -----BEGIN CERTIFICATE-----',
  );

/** An SMTP server and who we are there. Version 1. */
export const emailConnection = z
  .strictObject({
    host: ui(
      z.string().regex(/^[\p{L}\p{N}._:-]{1,253}$/u, 'must be a host, like smtp.example.com'),
      { title: 'Host', placeholder: 'smtp.example.com', destination: 'host' },
    ),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .default(587)
      .describe('587 with STARTTLS, 465 with TLS, as a rule.'),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe(
        'STARTTLS: nothing is sent before the connection is encrypted. TLS: from the first byte. None: for a relay in your own network, without a password.',
      ),
    user: ui(z.string().min(1).max(500).optional(), {
      title: 'User',
      showWhen: { security: ['starttls', 'tls'] },
    }),
    password: ui(secret(z.string().min(1).max(2_000).optional()), {
      title: 'Password',
      showWhen: { security: ['starttls', 'tls'] },
    }),
    from: ui(mailbox.describe('Who the messages are from.'), {
      title: 'From',
      placeholder: 'Acme <notify@example.com>',
    }),
    ca: ui(
      certificates
        .optional()
        .describe('Authorities trusted for this server, in PEM, in place of those of the system.'),
      { title: 'Authority', multiline: true, showWhen: { security: ['starttls', 'tls'] } },
    ),
  })
  .superRefine(({ user, password, security }, { addIssue }) => {
    const wrong = (field: string, message: string): void =>
      addIssue({ code: 'custom', path: [field], message });
    if (user !== undefined && password === undefined) wrong('password', 'is needed with a user');
    if (user === undefined && password !== undefined) wrong('user', 'is needed with a password');
    if (security === 'none' && password !== undefined) {
      wrong('security', 'must not be none with a password, which anyone could read');
    }
  });

export type EmailConnection = z.output<typeof emailConnection>;

const recipients = z.array(ui(z.string().min(1).max(1_000), { template: 'text' })).max(50);

/** What is sent, and to whom. Version 1. */
export const emailConfig = z.strictObject({
  to: ui(
    recipients
      .min(1)
      .describe(
        'One address each, or a template that yields one, or nothing: then it is left out.',
      ),
    { title: 'To', placeholder: '{{ payload.owner.email }}' },
  ),
  cc: ui(recipients.default([]), { title: 'Cc' }),
  bcc: ui(recipients.default([]), { title: 'Bcc' }),
  replyTo: ui(mailbox.optional(), { title: 'Reply to' }),
  subject: ui(z.string().min(1).max(1_000).default('{{ event.type }}'), {
    title: 'Subject',
    template: 'text',
  }),
  text: ui(
    z
      .string()
      .max(100_000)
      .optional()
      .describe('Left out, without HTML either: the type of the event, its time and its payload.'),
    { title: 'Text', multiline: true, template: 'text' },
  ),
  html: ui(
    z.string().max(200_000).optional().describe('What an event brings along is escaped in it.'),
    { title: 'HTML', multiline: true, template: 'html' },
  ),
});

export type EmailConfig = z.output<typeof emailConfig>;
