import { IntegrationHealth, type IntegrationHealthReport } from '@nest-integrations/core';
import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';

/** A worker that has had attempts under way for so long without one ending is stuck, not busy. */
const STUCK_AFTER_MS = 120_000;

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
    return this.health.check([async () => this.worker(await this.integrations.check())]);
  }

  /** Can it take work? */
  @Get('ready')
  @HealthCheck()
  async ready(): Promise<HealthCheckResult> {
    const report = await this.integrations.check();
    return this.health.check([
      () => this.reachable('database', report.database),
      () => this.reachable('queue', report.queue),
      () => this.worker(report),
    ]);
  }

  private reachable(key: string, problem: string | null): HealthIndicatorResult {
    const indicator = this.indicators.check(key);
    return problem === null ? indicator.up() : indicator.down({ problem });
  }

  private worker({ worker, counters }: IntegrationHealthReport): HealthIndicatorResult {
    const indicator = this.indicators.check('worker');
    const details = { ...worker, ...counters };
    return worker.stalledMs > STUCK_AFTER_MS ? indicator.down(details) : indicator.up(details);
  }
}
