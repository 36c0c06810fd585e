import { IntegrationModule } from '@nest-integrations/core';
import { Module } from '@nestjs/common';
import { IncidentsController } from './incidents.controller.js';
import { IncidentsIntegrationEvents } from './incidents.integration-events.js';
import { IncidentsService } from './incidents.service.js';

@Module({
  imports: [IntegrationModule.forFeature({ namespace: 'incident' })],
  controllers: [IncidentsController],
  providers: [IncidentsService, IncidentsIntegrationEvents],
})
export class IncidentsModule {}
