import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Sending e-mail

1. Make a mailbox, or an account for sending, at your mail service, and note its SMTP host, user and password.
   Where the service asks for a second factor, make an *app password*.
2. Make a connection: host, port (587 with STARTTLS, 465 with TLS), user, password, and the sender's address,
   which the service must allow you to use.
3. Try the connection: it signs in without sending anything.
4. In the subscription name the recipients, each an address or a template that yields one, like
   \`{{ payload.owner.email }}\`; one that yields nothing is left out.

Give the subscription a thread key, like \`{{ payload.incident.id }}\`: later messages of the same key are
replies to the first. Some mail programs also want the subject to stay the same.

Every message has a \`Message-ID\` made of the event and the subscription, the same over retries and replays:
mail services that know a message by it do not show it twice. A server on a private address has to be allowed
by the operator first.
`;

export const emailDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    from: 'Acme <notify@example.com>',
    to: ['ops@example.com'],
    subject: 'Incident INC-42 was opened',
    text: 'incident.created\n2026-01-02T03:04:05.678Z\n\n{ "id": "INC-42" }\n',
  },
  link: 'https://www.rfc-editor.org/rfc/rfc5321',
};
