import { secret, ui } from '@nest-integrations/common';
import { z } from 'zod';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A channel by its Workflows webhook, or an organisation by Microsoft Graph. Version 1. */
export const teamsConnection = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('workflow'),
    url: ui(
      secret(
        z.url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' }).max(2_048),
      ).describe('Posts to the one channel or chat of the workflow. It is a secret.'),
      {
        title: 'Webhook URL',
        placeholder: 'https://….logic.azure.com/workflows/…',
        destination: 'url',
      },
    ),
  }),
  z.strictObject({
    method: z.literal('graph'),
    tenant: ui(
      z
        .string()
        .regex(/^[A-Za-z0-9.-]{1,253}$/, 'must be the id or a domain of a Microsoft Entra tenant')
        .describe(
          'Directory (tenant) ID. Posting needs someone who signs in: Microsoft gives ChannelMessage.Send to people only. An app by itself could list teams, and not post.',
        ),
      { title: 'Tenant' },
    ),
    clientId: ui(
      z.string().regex(GUID, 'must be an application ID').describe('Application (client) ID.'),
      { title: 'Client ID' },
    ),
    clientSecret: ui(secret(z.string().min(1).max(1_000)).describe('The value, not the ID.'), {
      title: 'Client secret',
    }),
  }),
]);

export type TeamsConnection = z.output<typeof teamsConnection>;
export type GraphConnection = Extract<TeamsConnection, { method: 'graph' }>;

/** What is posted, and where. Version 1. */
export const teamsConfig = z.strictObject({
  teamId: ui(
    z
      .string()
      .regex(GUID, 'must be the id of a team')
      .optional()
      .describe('Needed with Microsoft Graph; a workflow has its own channel.'),
    { title: 'Team' },
  ),
  channelId: ui(
    z
      .string()
      .regex(
        /^19:[\w-]+@thread\.(tacv2|skype)$/,
        'must be the id of a channel, like 19:…@thread.tacv2',
      )
      .optional()
      .describe('Needed with Microsoft Graph.'),
    { title: 'Channel' },
  ),
  title: ui(
    z
      .string()
      .max(1_000)
      .optional()
      .describe('Headline of the card. Left out: the type of the event.'),
    { title: 'Title', template: 'markdown' },
  ),
  card: ui(
    z
      .string()
      .max(28_000)
      .optional()
      .describe(
        'An Adaptive Card, as JSON, in place of the card with the event’s values. `title` is not used then.',
      ),
    { title: 'Card', multiline: true, template: 'json' },
  ),
});

export type TeamsConfig = z.output<typeof teamsConfig>;
