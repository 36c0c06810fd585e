import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Sending to Kafka

1. Create the topic, and a user that may write to it (\`Write\` and \`Describe\`).
2. Make a connection: one or more brokers (\`kafka.example.com:9093\`), TLS, and how to sign in: PLAIN with TLS,
   or SCRAM. Where the brokers' certificates are signed by your own authority, the authority too.
3. Try the connection, which signs in and lists the topics.
4. In the subscription choose the topic and, where order matters, a key, like \`{{ payload.incident.id }}\`.

The brokers that the cluster names must be reachable from here, too: each is connected to under the same rules.

A message counts as delivered when all replicas in sync have it. Its header \`webhook-id\` is the event's id, the
same over every retry and replay: where the answer is lost on the way the message is sent again, so consumers
should deduplicate by it.
`;

export const kafkaDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    type: 'incident.created',
    timestamp: '2026-01-02T03:04:05.678Z',
    data: { incident: { id: 'INC-42' } },
  },
  link: 'https://kafka.apache.org/documentation/#producerconfigs',
};
