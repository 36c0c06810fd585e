import { IntegrationEvent } from '@nest-integrations/core';
import { Injectable } from '@nestjs/common';
import { exampleIncident, incidentSchema, type Incident } from './incident.js';

const incidentEvent = {
  category: 'Incidents',
  payload: incidentSchema,
  example: exampleIncident,
} as const;

/** What the world may know of incidents. */
@Injectable()
export class IncidentsIntegrationEvents {
  @IntegrationEvent({
    ...incidentEvent,
    hook: 'incident.created',
    displayName: 'Incident created',
    description: 'Something is wrong.',
  })
  created(incident: Incident): Incident {
    return incident;
  }

  @IntegrationEvent({
    ...incidentEvent,
    hook: 'incident.updated',
    displayName: 'Incident updated',
    description: 'Its title or severity changed.',
  })
  updated(incident: Incident): Incident {
    return incident;
  }

  @IntegrationEvent({
    ...incidentEvent,
    hook: 'incident.resolved',
    displayName: 'Incident resolved',
    description: 'It is over.',
  })
  resolved(incident: Incident): Incident {
    return incident;
  }

  @IntegrationEvent({
    ...incidentEvent,
    hook: 'incident.reopened',
    displayName: 'Incident reopened',
    description: 'It was over, and is back.',
  })
  reopened(incident: Incident): Incident {
    return incident;
  }
}
