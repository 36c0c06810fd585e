import { IntegrationEvent } from '@nest-integrations/core';
import { Injectable } from '@nestjs/common';
import { exampleSystemHealth, systemHealthSchema, type SystemHealth } from './system-health.js';

const healthEvent = { category: 'Health', payload: systemHealthSchema } as const;

/** What the world may know of systems' health. */
@Injectable()
export class HealthChecksIntegrationEvents {
  @IntegrationEvent({
    ...healthEvent,
    hook: 'health.degraded',
    displayName: 'System degraded',
    example: exampleSystemHealth,
  })
  degraded(health: SystemHealth): SystemHealth {
    return health;
  }

  @IntegrationEvent({
    ...healthEvent,
    hook: 'health.unhealthy',
    displayName: 'System unhealthy',
    example: { ...exampleSystemHealth, level: 'unhealthy', previousLevel: 'degraded' },
  })
  unhealthy(health: SystemHealth): SystemHealth {
    return health;
  }

  @IntegrationEvent({
    ...healthEvent,
    hook: 'health.restored',
    displayName: 'System healthy again',
    example: { ...exampleSystemHealth, level: 'healthy', previousLevel: 'unhealthy', reason: null },
  })
  restored(health: SystemHealth): SystemHealth {
    return health;
  }
}
