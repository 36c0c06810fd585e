import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Alerting by Opsgenie or Jira Service Management

1. In Opsgenie open the team, its *Integrations*, and add one of the type *API* that may create and update
   alerts. In Jira Service Management it is under *Operations*, *Integrations*.
2. Copy its API key into the connection. A key of the account (*API key management*) can't create alerts.
3. Choose the region in which the account is, or Jira Service Management.

Each event creates an alert, unless its type is one that acknowledges or closes. For those it must be known
which alert they are about: give the subscription an alias, or a thread key, like
\`{{ payload.incident.id }}\`. A thread key also keeps the events of one alert in order, so that none closes
what has not been created yet.

A retry sends the same alias, or, without one, the event's id: an alert that is open is never doubled.
Opsgenie accepts a request first and carries it out a moment later; what came of it is told by the
\`requestId\` in the attempt's response.
`;

export const opsgenieDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    alias: 'INC-1',
    source: 'Critical incidents',
    message: 'incident.created · id: INC-1 · title: Checkout is down',
    priority: 'P1',
    details: {
      id: 'INC-1',
      title: 'Checkout is down',
      'event id': '019aa0c8-0000-7000-8000-000000000001',
      'event type': 'incident.created',
      'occurred at': '2026-01-31T12:00:00.000Z',
    },
  },
  link: 'https://docs.opsgenie.com/docs/alert-api',
};
