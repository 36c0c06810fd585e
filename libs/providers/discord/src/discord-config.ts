import { secret, ui } from '@nest-integrations/common';
import { z } from 'zod';

/** `/api/webhooks/<id>/<token>`, with a version or without. */
const WEBHOOK_PATH = /\/webhooks\/\d{5,20}\/[\w-]{10,200}$/;

/** A webhook of a channel. Version 1. */
export const discordConnection = z.strictObject({
  url: ui(
    secret(
      z
        .url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' })
        .max(2_048)
        .refine((url) => WEBHOOK_PATH.test(URL.parse(url)?.pathname ?? ''), {
          error: 'must be the URL of a webhook, which ends with /webhooks/<id>/<token>',
        }),
    ).describe('Posts to the one channel that it was made for. It is a secret.'),
    { title: 'Webhook URL', placeholder: 'https://discord.com/api/webhooks/…', destination: 'url' },
  ),
});

export type DiscordConnection = z.output<typeof discordConnection>;

/** What is posted, and where in the channel. Version 1. */
export const discordConfig = z.strictObject({
  content: ui(
    z
      .string()
      .max(4_000)
      .optional()
      .describe('Message in Discord’s Markdown. Mentions notify nobody.'),
    { title: 'Content', multiline: true, template: 'markdown' },
  ),
  embeds: ui(
    z
      .string()
      .max(50_000)
      .optional()
      .describe(
        'A JSON list of up to 10 embeds. Left out, and no content either: the type of the event and its values.',
      ),
    { title: 'Embeds', multiline: true, template: 'json' },
  ),
  username: ui(
    z
      .string()
      .min(1)
      .max(80)
      .optional()
      .describe('Shown as the author. Left out: the webhook’s own.'),
    { title: 'User name' },
  ),
  threadId: ui(
    z
      .string()
      .regex(/^\d{5,20}$/, 'must be the id of a thread, like 1098765432109876543')
      .optional()
      .describe('A thread of the channel that all is posted to.'),
    { title: 'Thread' },
  ),
  threadName: ui(
    z
      .string()
      .max(500)
      .optional()
      .describe('Title of the post that is opened. Needed by a forum channel, refused by others.'),
    { title: 'Title of the post', template: 'text', placeholder: '{{ payload.incident.title }}' },
  ),
  thread: z
    .enum(['post', 'update'])
    .default('post')
    .describe(
      'What later events of a thread key do: post below the first message (of a forum), or replace it.',
    ),
});

export type DiscordConfig = z.output<typeof discordConfig>;
