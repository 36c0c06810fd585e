import { Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
} from '@nestjs/swagger';
import { ReplayService, SubscriptionService, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { IdPipe } from '../requests/id.pipe.js';
import { CreateSubscriptionDto, toCreateSubscription } from './create-subscription.dto.js';
import { ListSubscriptionsQuery } from './list-subscriptions.query.js';
import { toRecoverableDto } from '../replays/replay.dto.js';
import { RequestBody, RequestQuery } from '../requests/request-input.decorator.js';
import { DisableSubscriptionDto } from './subscription-actions.dto.js';
import { EnabledSubscriptionDto } from './subscription-health.dto.js';
import {
  SubscriptionDto,
  SubscriptionPageDto,
  toSubscriptionDto,
  toSubscriptionPageDto,
} from './subscription.dto.js';
import { toUpdateSubscription, UpdateSubscriptionDto } from './update-subscription.dto.js';

@AdminController('subscriptions', 'Subscriptions')
@RequiresRight('integration.manage')
export class SubscriptionsController {
  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly replays: ReplayService,
  ) {}

  @Get()
  @RequiresRight('integration.read')
  @ApiOperation({ summary: 'Subscriptions, filtered, sorted, in pages' })
  @ApiOkResponse({ type: SubscriptionPageDto })
  @ApiProblems(400, 422)
  async listSubscriptions(
    @RequestQuery() query: ListSubscriptionsQuery,
    @Scope() scope: TenantScope,
  ): Promise<SubscriptionPageDto> {
    return toSubscriptionPageDto(await this.subscriptions.list(query, scope));
  }

  @Post()
  @ApiOperation({ summary: 'Subscribe a provider to events' })
  @ApiCreatedResponse({ type: SubscriptionDto })
  @ApiProblems(400, 413, 415, 422)
  async createSubscription(
    @RequestBody() body: CreateSubscriptionDto,
    @Scope() scope: TenantScope,
  ): Promise<SubscriptionDto> {
    return toSubscriptionDto(await this.subscriptions.create(toCreateSubscription(body), scope));
  }

  @Get(':id')
  @RequiresRight('integration.read')
  @ApiOperation({ summary: 'One subscription' })
  @ApiOkResponse({ type: SubscriptionDto })
  @ApiProblems(400, 404)
  async getSubscription(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<SubscriptionDto> {
    return toSubscriptionDto(await this.subscriptions.get(id, scope));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change a subscription; what is left out stays, secrets too' })
  @ApiOkResponse({ type: SubscriptionDto })
  @ApiProblems(400, 404, 409, 413, 415, 422)
  async updateSubscription(
    @Param('id', IdPipe) id: string,
    @RequestBody() body: UpdateSubscriptionDto,
    @Scope() scope: TenantScope,
  ): Promise<SubscriptionDto> {
    return toSubscriptionDto(
      await this.subscriptions.update(id, toUpdateSubscription(body), scope),
    );
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a subscription; what is queued for it is cancelled' })
  @ApiNoContentResponse()
  @ApiProblems(400, 404)
  async deleteSubscription(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<void> {
    await this.subscriptions.remove(id, scope);
  }

  @Post(':id/enable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Deliver to it again; answers what it missed, for a recovery' })
  @ApiOkResponse({ type: EnabledSubscriptionDto })
  @ApiProblems(400, 404, 409)
  async enableSubscription(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<EnabledSubscriptionDto> {
    const enabled = await this.subscriptions.setEnabled(id, { enabled: true }, scope);
    const recoverable = await this.replays.recoverable(id, undefined, scope);
    return Object.assign(toSubscriptionDto(enabled), {
      recoverable: toRecoverableDto(recoverable),
    });
  }

  @Post(':id/disable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop delivering to it; what is queued for it is cancelled' })
  @ApiBody({ type: DisableSubscriptionDto, required: false })
  @ApiOkResponse({ type: SubscriptionDto })
  @ApiProblems(400, 404, 415)
  async disableSubscription(
    @Param('id', IdPipe) id: string,
    @RequestBody() { reason }: DisableSubscriptionDto,
    @Scope() scope: TenantScope,
  ): Promise<SubscriptionDto> {
    return toSubscriptionDto(
      await this.subscriptions.setEnabled(id, { enabled: false, reason }, scope),
    );
  }
}
