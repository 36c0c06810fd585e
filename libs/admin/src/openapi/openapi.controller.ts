import { Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, type OpenAPIObject } from '@nestjs/swagger';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { OpenApiDocument } from './openapi.document.js';

@AdminController('openapi.json', 'OpenAPI')
@RequiresRight('integration.read')
export class OpenApiController {
  /** The routes of a running app do not change. */
  private built?: OpenAPIObject;

  constructor(private readonly document: OpenApiDocument) {}

  @Get()
  @ApiOperation({ summary: 'This document' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  getOpenApi(): OpenAPIObject {
    return (this.built ??= this.document.build());
  }
}
