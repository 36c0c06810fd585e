import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Publishing to RabbitMQ

1. Make a user for this connection and let it write to the exchange:
   \`rabbitmqctl set_permissions -p / notify "" "^events$" ""\`. It needs neither to configure nor to read.
2. Make a connection: host, port (5671 with TLS), virtual host, user and password; where the broker's
   certificate is signed by your own authority, the authority too.
3. Try the connection, which signs in and opens a channel.
4. In the subscription name the exchange, which must exist, and the routing key, a template.

A message counts as delivered when the broker has confirmed it. With *mandatory* one that no queue takes is
rejected with the broker's reason. Its \`message-id\`, and the header \`webhook-id\`, is the event's id, the same
over every retry and replay: where the connection breaks before the confirmation, the message is published
again, so consumers should deduplicate by it.
`;

export const rabbitMqDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    type: 'incident.created',
    timestamp: '2026-01-02T03:04:05.678Z',
    data: { incident: { id: 'INC-42' } },
  },
  link: 'https://www.rabbitmq.com/docs/confirms',
};
