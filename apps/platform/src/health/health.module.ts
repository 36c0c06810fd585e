import { Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DemoAccessPolicy } from '../access/demo-access.policy.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';

/** Probes for all, metrics for whoever has the admin token. */
@Module({})
export class HealthModule {
  static with(access: DemoAccessPolicy): DynamicModule {
    return {
      module: HealthModule,
      imports: [TerminusModule],
      controllers: [HealthController, MetricsController],
      providers: [{ provide: DemoAccessPolicy, useValue: access }],
    };
  }
}
