import { secret, ui } from '@nest-integrations/common';
import { z } from 'zod';

/** A bot. Version 1. */
export const webexConnection = z.strictObject({
  token: ui(
    secret(z.string().min(20).max(1_000)).describe('Access token of the bot. It does not expire.'),
    { title: 'Bot access token' },
  ),
});

export type WebexConnection = z.output<typeof webexConnection>;

/** What is posted, and where. Version 1. */
export const webexConfig = z.strictObject({
  roomId: ui(
    z
      .string()
      .regex(/^[\w+/=-]{20,200}$/, 'must be the id of a space')
      .describe('The space that is posted to. The bot must be in it.'),
    { title: 'Space' },
  ),
  markdown: ui(
    z
      .string()
      .max(7_000)
      .optional()
      .describe('Message in Webex’s Markdown. Left out: the type of the event and its values.'),
    { title: 'Message', multiline: true, template: 'markdown' },
  ),
  thread: z
    .enum(['reply', 'update'])
    .default('reply')
    .describe('What later events of a thread do: reply to its first message, or replace it.'),
});

export type WebexConfig = z.output<typeof webexConfig>;
