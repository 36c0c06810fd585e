import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { OpenApiDocument } from './openapi.document.js';

/** The document that the admin API serves, for a host that merges it into its own or writes it to a file. */
export function createIntegrationOpenApi(app: INestApplication): OpenAPIObject {
  return app.get(OpenApiDocument, { strict: false }).build();
}
