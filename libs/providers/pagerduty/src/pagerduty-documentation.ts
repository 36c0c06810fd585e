import type { ProviderDocumentation } from '@nest-integrations/core';

const setupGuide = `
## Alerting by PagerDuty

1. In PagerDuty open the service under *Services → Service Directory*, then its tab *Integrations*.
2. *Add an integration*, choose *Events API V2*, and copy its *Integration Key* into the connection. The key
   of an event orchestration works as well.
3. Choose the region in which the account is: the address of an EU account has \`.eu.\` in it.

Each event triggers an alert, unless its type is one that acknowledges or resolves. For those PagerDuty must
know which alert they are about: give the subscription a deduplication key, or a thread key, like
\`{{ payload.incident.id }}\`. A thread key also keeps the events of one alert in order, so that none
resolves what has not been triggered yet.

A retry sends the same key, or, without one, the event's id: an alert is never doubled. PagerDuty takes about
120 events a minute for a service; set the subscription's rate limit below that where more may come.
`;

export const pagerDutyDocumentation: ProviderDocumentation = {
  setupGuide: setupGuide.trim(),
  examplePayload: {
    routing_key: '<integration key>',
    event_action: 'trigger',
    dedup_key: 'INC-1',
    client: 'Critical incidents',
    payload: {
      summary: 'incident.created · id: INC-1 · title: Checkout is down · severity: critical',
      source: 'Critical incidents',
      severity: 'critical',
      timestamp: '2026-01-31T12:00:00.000Z',
      class: 'incident.created',
      custom_details: {
        incident: { id: 'INC-1', title: 'Checkout is down', severity: 'critical' },
      },
    },
  },
  link: 'https://developer.pagerduty.com/docs/send-alert-event',
};
