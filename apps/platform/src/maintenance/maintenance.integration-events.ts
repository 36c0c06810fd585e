import { IntegrationEvent } from '@nest-integrations/core';
import { Injectable } from '@nestjs/common';
import { exampleMaintenance, maintenanceSchema, type Maintenance } from './maintenance.js';

const maintenanceEvent = {
  category: 'Maintenance',
  payload: maintenanceSchema,
  example: exampleMaintenance,
} as const;

/** What the world may know of maintenance work. */
@Injectable()
export class MaintenanceIntegrationEvents {
  @IntegrationEvent({
    ...maintenanceEvent,
    hook: 'maintenance.created',
    displayName: 'Maintenance planned',
  })
  created(maintenance: Maintenance): Maintenance {
    return maintenance;
  }

  @IntegrationEvent({
    ...maintenanceEvent,
    hook: 'maintenance.started',
    displayName: 'Maintenance started',
  })
  started(maintenance: Maintenance): Maintenance {
    return maintenance;
  }

  @IntegrationEvent({
    ...maintenanceEvent,
    hook: 'maintenance.updated',
    displayName: 'Maintenance updated',
  })
  updated(maintenance: Maintenance): Maintenance {
    return maintenance;
  }

  @IntegrationEvent({
    ...maintenanceEvent,
    hook: 'maintenance.completed',
    displayName: 'Maintenance completed',
  })
  completed(maintenance: Maintenance): Maintenance {
    return maintenance;
  }
}
