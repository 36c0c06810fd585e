import { Injectable, type INestApplication, type Type } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { JsonBody } from '../requests/json-body.js';

/** Describes this module's routes, and nothing else in the app. */
@Injectable()
export class OpenApiDocument {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly host: HttpAdapterHost,
  ) {}

  /** OpenAPI 3.1. Operation ids are the names of the controllers' methods and stay stable. */
  build(): OpenAPIObject {
    const head = new DocumentBuilder()
      .setOpenAPIVersion('3.1.0')
      .setTitle('Nest Integrations admin API')
      .setDescription('Event types, providers, subscriptions and deliveries.')
      .setVersion('1')
      .build();
    return SwaggerModule.createDocument(this.app(), head, {
      include: this.ownModules(),
      operationIdFactory: (_, method) => method,
    });
  }

  /** Asked of the container: naming the module's class here would be a circle of imports. */
  private ownModules(): Type[] {
    return [...this.modules.values()]
      .filter((module) => module.providers.has(JsonBody))
      .map((module) => module.metatype);
  }

  /** What swagger reads of an app; Nest does not let a provider inject the app itself. */
  private app(): INestApplication {
    const { modules, config, host } = this;
    const app: unknown = {
      container: { getModules: () => modules },
      config,
      getHttpAdapter: () => host.httpAdapter,
    };
    return app as INestApplication;
  }
}
