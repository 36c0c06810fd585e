import { secret, ui } from '@nest-integrations/common';
import { z } from 'zod';

/** A workspace, by a bot's token or by an incoming webhook. Version 1. */
export const slackConnection = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('bot'),
    token: ui(
      secret(
        z.string().regex(/^xox[bp]-/, 'must be a bot token, which begins with xoxb-'),
      ).describe(
        'Bot User OAuth Token, with the scopes chat:write, channels:read and groups:read.',
      ),
      { title: 'Bot token', placeholder: 'xoxb-…' },
    ),
  }),
  z.strictObject({
    method: z.literal('incoming-webhook'),
    url: ui(
      secret(
        z.url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' }).max(2_048),
      ).describe('Posts to the one channel that it was made for. It is a secret.'),
      {
        title: 'Webhook URL',
        placeholder: 'https://hooks.slack.com/services/…',
        destination: 'url',
      },
    ),
  }),
]);

export type SlackConnection = z.output<typeof slackConnection>;

/** What is posted, and where. Version 1. */
export const slackConfig = z.strictObject({
  channel: ui(
    z
      .string()
      .regex(/^[CGD][A-Z0-9]{4,20}$/, 'must be the id of a channel, like C024BE91L')
      .optional()
      .describe('Needed with a bot token; an incoming webhook has its own.'),
    { title: 'Channel' },
  ),
  text: ui(
    z
      .string()
      .max(4_000)
      .optional()
      .describe('Message in mrkdwn. Left out: the type of the event and its values.'),
    { title: 'Text', multiline: true, template: 'mrkdwn' },
  ),
  blocks: ui(
    z
      .string()
      .max(50_000)
      .optional()
      .describe('A JSON list of Block Kit blocks. `text` is then what notifications show.'),
    { title: 'Blocks', multiline: true, template: 'json' },
  ),
  thread: z
    .enum(['reply', 'reply-and-broadcast', 'update'])
    .default('reply')
    .describe(
      'What later events of a thread do: reply to its first message, show the reply in the channel too, or replace the first message.',
    ),
});

export type SlackConfig = z.output<typeof slackConfig>;
