import { IntegrationModule } from '@nest-integrations/core';
import { Module } from '@nestjs/common';
import { HealthChecksController } from './health-checks.controller.js';
import { HealthChecksIntegrationEvents } from './health-checks.integration-events.js';
import { HealthChecksService } from './health-checks.service.js';

@Module({
  imports: [IntegrationModule.forFeature({ namespace: 'health' })],
  controllers: [HealthChecksController],
  providers: [HealthChecksService, HealthChecksIntegrationEvents],
})
export class HealthChecksModule {}
