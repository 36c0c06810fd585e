import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Receiving webhooks

Each event is an HTTP request with a JSON body: \`type\`, \`timestamp\` (when it happened) and \`data\`.

1. **Answer quickly** with any 2xx status; do the work afterwards. The default time-out is 10 seconds.
2. **Verify the signature** before you trust the body. Requests follow
   [Standard Webhooks](https://www.standardwebhooks.com), so any of its libraries does it:

   \`\`\`ts
   import { Webhook } from 'standardwebhooks';

   app.post('/hooks', express.raw({ type: '*/*' }), (req, res) => {
     const event = new Webhook(process.env.WEBHOOK_SECRET).verify(req.body, req.headers);
     res.sendStatus(204);
   });
   \`\`\`

   Reveal the secret (\`whsec_…\`) on the subscription. While it is being rotated, requests carry a
   signature by the old one and by the new one. Verify the bytes that came, before any JSON parser.
3. **Deduplicate by \`webhook-id\`.** Delivery is at least once; retries and replays keep the id.

Subscriptions with an Ed25519 secret (\`whsk_…\`) sign with \`v1a\`; verify those with the public key
(\`whpk_…\`) in place of a shared secret. Receivers made for GitHub can have
\`X-Hub-Signature-256\` beside it, made by the newest secret alone.

What is answered with 408, 425, 429, 5xx or not at all is retried by the subscription's policy;
\`Retry-After\` is obeyed. 410 disables the subscription.
`.trim();

/** What an admin and a receiver need to know. */
export const webhookDocumentation: ProviderDocumentation = {
  setupGuide,
  examplePayload: {
    type: 'incident.created',
    timestamp: '2026-11-23T09:30:00.000Z',
    data: { id: 'inc_1', title: 'Checkout is down', severity: 'critical' },
  },
  headers: [
    { name: 'webhook-id', description: 'The event’s id; the same over every retry and replay.' },
    { name: 'webhook-timestamp', description: 'When this request was signed, in seconds.' },
    {
      name: 'webhook-signature',
      description:
        'v1 (HMAC-SHA256) or v1a (Ed25519) signatures over id.timestamp.body, by spaces.',
    },
    { name: 'x-hub-signature-256', description: 'On request: GitHub-style HMAC of the body.' },
  ],
  link: 'https://www.standardwebhooks.com',
};
