import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Sending to Amazon SQS

1. In IAM make a user with a policy that allows \`sqs:SendMessage\` on the queue; \`sqs:ListQueues\` too if
   queues are to be chosen from a list. Where the queue is encrypted with a key of your own, allow
   \`kms:GenerateDataKey\` and \`kms:Decrypt\` on it.
2. Make an access key for the user and copy both halves into the connection, with the queue's region.
3. Try the connection, then choose the queue in the subscription, or give its URL.

A message's body is \`{ "type", "timestamp", "data" }\`, or what the template of the subscription yields. Its
attributes \`webhook-id\`, \`webhook-timestamp\` and \`event-type\` let consumers filter and deduplicate: the
\`webhook-id\` is the same over every retry and replay.

A FIFO queue (\`….fifo\`) gets a message group, by which order is kept, and a deduplication id of event and
subscription: within five minutes SQS drops a repeated message, a replay among them.
`;

export const sqsDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    type: 'incident.created',
    timestamp: '2026-01-02T03:04:05.678Z',
    data: { incident: { id: 'INC-42' } },
  },
  link: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html',
};
