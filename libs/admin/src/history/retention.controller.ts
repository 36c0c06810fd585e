import { Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { RetentionReader, type TenantScope } from '@nest-integrations/core';
import { assertForAllTenants } from '../access/for-all-tenants.js';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { RetentionDto, toRetentionDto } from './retention.dto.js';

@AdminController('retention', 'Operating')
@RequiresRight('integration.read')
export class RetentionController {
  constructor(private readonly retention: RetentionReader) {}

  @Get()
  @ApiOperation({ summary: 'How long what happened is kept, and how much room it takes' })
  @ApiOkResponse({ type: RetentionDto })
  @ApiProblems(404)
  async getRetention(@Scope() scope: TenantScope): Promise<RetentionDto> {
    assertForAllTenants(scope, 'the retention');
    return toRetentionDto(await this.retention.read());
  }
}
