import { Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { StatisticsReader, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { RequestQuery } from '../requests/request-input.decorator.js';
import { SubscriptionActivityListDto, toSubscriptionActivityListDto } from './statistics.dto.js';
import { SubscriptionActivityQuery } from './statistics.query.js';

/** Mounted before the routes of one subscription: `activity` is not an id. */
@AdminController('subscriptions/activity', 'Subscriptions')
@RequiresRight('integration.read')
export class SubscriptionActivityController {
  constructor(private readonly statistics: StatisticsReader) {}

  @Get()
  @ApiOperation({ summary: 'How several fared in the last hours, for small charts' })
  @ApiQuery({
    name: 'ids',
    required: true,
    type: String,
    isArray: true,
    style: 'form',
    explode: false,
    description: 'Ids of subscriptions, 200 at most; those that are not there are left out.',
  })
  @ApiOkResponse({ type: SubscriptionActivityListDto })
  @ApiProblems(400, 422)
  async listSubscriptionActivity(
    @RequestQuery() { ids, hours }: SubscriptionActivityQuery,
    @Scope() scope: TenantScope,
  ): Promise<SubscriptionActivityListDto> {
    return toSubscriptionActivityListDto(await this.statistics.ofSubscriptions(ids, hours, scope));
  }
}
