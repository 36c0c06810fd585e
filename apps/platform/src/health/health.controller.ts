import { IntegrationHealth } from '@nest-integrations/core';
import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
} from '@nestjs/terminus';

/** For whoever runs the process: load balancers, orchestrators. Says nothing that needs hiding. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly integrations: IntegrationHealth,
  ) {}

  /** Is this process worth keeping? */
  @Get('live')
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([
      async () => {
        const { live, problems } = await this.integrations.liveness();
        const indicator = this.indicators.check('integrations');
        return live ? indicator.up({ problems }) : indicator.down({ problems });
      },
    ]);
  }

  /** Can it take work? */
  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      async () => {
        const { ready, problems, degraded } = await this.integrations.readiness();
        const indicator = this.indicators.check('integrations');
        return ready ? indicator.up({ degraded }) : indicator.down({ problems, degraded });
      },
    ]);
  }
}
