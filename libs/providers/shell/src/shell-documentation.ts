import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Running a command

Commands run on the machine that delivers, as its user. The operator has to switch them on, and may list
those that are allowed.

1. Put an executable file on every machine that delivers.
2. Give its path; arguments are templates, each yields one argument.

The command gets the event as JSON on its stdin, and as variables: \`EVENT_ID\`, \`EVENT_TYPE\`,
\`EVENT_TIMESTAMP\`, \`EVENT_ATTEMPT\`, … and of the payload \`PAYLOAD_INCIDENT_TITLE\`. Nothing else of the
server's environment. \`EVENT_ID\` stays the same over every retry: a command may run more than once.

It exits with 0 when it is done, with 75 to be tried again; anything else is a failure that no retry mends.
What it prints last is kept with the attempt.
`;

export const shellDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    type: 'incident.created',
    timestamp: '2026-01-02T03:04:05.678Z',
    data: { incident: { title: 'Checkout is down' } },
  },
};
