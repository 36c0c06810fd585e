import { HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { SubscriptionBulk, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { RequestBody } from '../requests/request-input.decorator.js';
import {
  BulkResultListDto,
  BulkSubscriptionsDto,
  toBulkResultDto,
} from './bulk-subscriptions.dto.js';

@AdminController('subscriptions/bulk', 'Subscriptions')
@RequiresRight('integration.manage')
export class SubscriptionBulkController {
  constructor(private readonly bulk: SubscriptionBulk) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Enable, disable or delete several, each by itself' })
  @ApiOkResponse({ type: BulkResultListDto })
  @ApiProblems(400, 413, 415, 422)
  async changeSubscriptions(
    @RequestBody() { ids, action }: BulkSubscriptionsDto,
    @Scope() scope: TenantScope,
  ): Promise<BulkResultListDto> {
    return { items: (await this.bulk.apply(action, ids, scope)).map(toBulkResultDto) };
  }
}
