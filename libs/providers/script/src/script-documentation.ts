import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Delivering by a script

Write a function that gets the event and delivers it:

\`\`\`js
async (event) => {
  const response = await fetch('https://api.example.com/tickets', {
    method: 'POST',
    headers: { authorization: 'Bearer ' + secrets.API_KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ title: event.payload.title }),
  });
  if (response.status === 429) return { retry: 'too many at once', afterMs: 60000 };
  if (!response.ok) return { reject: 'answered ' + response.status };
  const ticket = await response.json();
  return { delivered: { externalId: ticket.id } };
}
\`\`\`

- \`event\` is \`{ id, type, timestamp, payload }\`; around it there are \`secrets\`, \`delivery\`
  (\`id\`, \`attempt\`, \`isTest\`) and \`subscription\` (\`id\`, \`name\`).
- It returns \`{ delivered: true }\`, \`{ delivered: { externalId, externalUrl } }\`, \`{ retry: 'why', afterMs }\`
  or \`{ reject: 'why' }\`. What it throws is retried; one that can't be read is not.
- \`console.log\` is kept with the attempt. The last \`fetch\` is what the attempt shows.
- Deliveries may be repeated: pass \`event.id\` on as an idempotency key.
- Bounds: half a second of processor time, 8 MiB of memory, 20 fetches.
`;

export const scriptDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  // What the function gets; what leaves is up to it.
  examplePayload: {
    id: '019aa0c8-0000-7000-8000-000000000001',
    type: 'incident.created',
    timestamp: '2026-01-02T03:04:05.678Z',
    payload: { title: 'Checkout is down' },
  },
};
