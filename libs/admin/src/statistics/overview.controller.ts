import { Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { OverviewReader, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { RequestQuery } from '../requests/request-input.decorator.js';
import { OverviewDto, toOverviewDto } from './statistics.dto.js';
import { StatisticsQuery } from './statistics.query.js';

@AdminController('overview', 'Overview')
@RequiresRight('integration.read')
export class OverviewController {
  constructor(private readonly overview: OverviewReader) {}

  @Get()
  @ApiOperation({ summary: 'How it all fares: the last hours, what waits, what fails' })
  @ApiOkResponse({ type: OverviewDto })
  @ApiProblems(400, 422)
  async getOverview(
    @RequestQuery() { hours }: StatisticsQuery,
    @Scope() scope: TenantScope,
  ): Promise<OverviewDto> {
    return toOverviewDto(await this.overview.read(hours, scope));
  }
}
