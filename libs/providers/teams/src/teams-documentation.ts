import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Posting to Microsoft Teams

**With a workflow** (one channel or chat, no threads, no sign-in):

1. In the channel open *Workflows*, choose *Post to a channel when a webhook request is received* and
   follow it to the end.
2. Copy the URL that it shows into the connection. Who has it can post: it is kept as a secret.

The workflow belongs to whoever made it. Add a second owner in Power Automate, so that it goes on when they
leave. A workflow answers before it posts: what it could not post is seen in its run history alone.

**With Microsoft Graph** (teams and channels to choose from, threads, links to what was posted):

1. At [entra.microsoft.com](https://entra.microsoft.com) under *App registrations* register an app. As *Redirect
   URI*, of the kind *Web*, give this platform’s \`…/connections/oauth/callback\`.
2. Under *API permissions* add the **delegated** permissions of Microsoft Graph \`ChannelMessage.Send\`,
   \`Team.ReadBasic.All\`, \`Channel.ReadBasic.All\`, \`User.Read\` and \`offline_access\`.
3. Under *Certificates & secrets* make a client secret and copy its value; copy the tenant and client IDs from
   the overview.
4. Store the connection, then **sign in** for it. Messages are posted in the name of who signed in, to teams that
   they are in: an account of its own for this is best.

Microsoft gives \`ChannelMessage.Send\` as a delegated permission only. An app by itself, without anyone who signed
in, can list teams and can not post. When a password is changed or access is withdrawn, the connection says that
someone must sign in again.

Give the subscription a thread key, like \`{{ payload.incident.id }}\`: the first event opens a message, later ones
of the same key reply to it. Teams has no key to tell a repeated message by: where its answer to a message was
lost on the way, the retry posts it again.
`;

export const teamsDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          type: 'AdaptiveCard',
          version: '1.4',
          body: [{ type: 'TextBlock', text: 'incident.created', weight: 'Bolder', wrap: true }],
        },
      },
    ],
  },
  link: 'https://adaptivecards.io/explorer/',
};
