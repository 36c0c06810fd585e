import { IntegrationModule } from '@nest-integrations/core';
import { Module } from '@nestjs/common';
import { MaintenanceController } from './maintenance.controller.js';
import { MaintenanceIntegrationEvents } from './maintenance.integration-events.js';
import { MaintenanceService } from './maintenance.service.js';

@Module({
  imports: [IntegrationModule.forFeature({ namespace: 'maintenance' })],
  controllers: [MaintenanceController],
  providers: [MaintenanceService, MaintenanceIntegrationEvents],
})
export class MaintenanceModule {}
