import { IntegrationModule } from '@nest-integrations/core';
import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogController } from './catalog.controller.js';
import { CatalogIntegrationEvents } from './catalog.integration-events.js';
import { CatalogService } from './catalog.service.js';
import { SystemEntity } from './system.entity.js';

@Module({})
export class CatalogModule {
  static forDatabase(url: string): DynamicModule {
    return {
      module: CatalogModule,
      imports: [
        IntegrationModule.forFeature({ namespace: 'catalog' }),
        TypeOrmModule.forRoot({
          type: 'postgres',
          url,
          entities: [SystemEntity],
          // A demo's table; a host keeps migrations.
          synchronize: true,
          poolSize: 4,
          // The engine waits for Postgres too, gives up sooner, and says so.
          retryAttempts: 60,
          retryDelay: 1_000,
        }),
      ],
      controllers: [CatalogController],
      providers: [CatalogService, CatalogIntegrationEvents],
    };
  }
}
