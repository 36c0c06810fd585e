import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Posting to Webex

1. At [developer.webex.com/my-apps](https://developer.webex.com/my-apps) create a bot, and copy its access
   token into the connection. It is shown once.
2. In Webex add the bot to the space, by the e-mail address that it was given.
3. Choose the space in the subscription.

Give the subscription a thread key, like \`{{ payload.incident.id }}\`: the first event opens a message, later
ones of the same key reply to it, or replace it. Webex lets a message be edited ten times; after that they
reply.

Webex has no key to tell a repeated message by: where its answer to a message was lost on the way, the retry
posts it again. It has no address on the web for a single message, so there is no link to what was posted.
`;

export const webexDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    roomId: 'Y2lzY29zcGFyazovL3VzL1JPT00vZXhhbXBsZQ',
    markdown: '**incident\\.created**\n\n- **title**: Checkout is down',
  },
  link: 'https://developer.webex.com/docs/api/v1/messages/create-a-message',
};
