import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Posting to Discord

1. In Discord open the channel's settings, *Integrations*, then *Webhooks*.
2. *New Webhook*, choose the channel, and copy its URL into the connection. Who has the URL can post: it is
   kept as a secret.

In a forum each event opens a post, titled by the subscription's *Title of the post*. Give the subscription a
thread key, like \`{{ payload.incident.id }}\`, and later events of that key are added to the post, or replace
its first message. In a text channel a webhook can't reply; there, later events replace the first message
where the subscription says \`update\`.

Nobody is mentioned, whatever an event says. Discord takes 5 messages in 2 seconds and 30 in a minute from a
webhook: set the subscription's rate limit below that where more may come. It has no key to tell a repeated
message by: where its answer was lost on the way, the retry posts it again.
`;

export const discordDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    content: '',
    embeds: [
      {
        title: 'incident.created',
        color: 5793266,
        timestamp: '2026-01-31T12:00:00.000Z',
        footer: { text: 'Critical incidents' },
        fields: [{ name: 'title', value: 'Checkout is down', inline: true }],
      },
    ],
    allowed_mentions: { parse: [] },
  },
  link: 'https://discord.com/developers/docs/resources/webhook#execute-webhook',
};
