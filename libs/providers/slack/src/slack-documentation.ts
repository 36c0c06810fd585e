import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Posting to Slack

**With a bot token** (channels to choose from, threads, links to what was posted):

1. At [api.slack.com/apps](https://api.slack.com/apps) make an app, from scratch.
2. Under *OAuth & Permissions* add the bot scopes \`chat:write\`, \`channels:read\` and \`groups:read\`;
   \`chat:write.public\` too if it is to post where nobody invited it.
3. Install the app to the workspace and copy the *Bot User OAuth Token* (\`xoxb-…\`) into the connection.
4. Invite the bot to the channel: \`/invite @your-app\`.

**With an incoming webhook** (one channel, no threads): under *Incoming Webhooks* add one and copy its URL
into the connection.

Give the subscription a thread key, like \`{{ payload.incident.id }}\`: the first event opens a message, later
ones of the same key reply to it, or replace it, as the subscription says.

Slack has no key to tell a repeated message by: where its answer to a message was lost on the way, the
retry posts it again.
`;

export const slackDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    channel: 'C024BE91L',
    text: '*incident.created*',
    blocks: [{ type: 'header', text: { type: 'plain_text', text: 'incident.created' } }],
  },
  link: 'https://docs.slack.dev/reference/methods/chat.postMessage',
};
