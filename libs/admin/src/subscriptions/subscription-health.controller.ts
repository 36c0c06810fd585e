import { Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import {
  HealthReader,
  ReplayService,
  StatisticsReader,
  type TenantScope,
} from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { RecoverableDto, ReplayDto, toRecoverableDto, toReplayDto } from '../replays/replay.dto.js';
import { RecoverableQuery, RecoverDto } from '../replays/replay-requests.dto.js';
import { IdPipe } from '../requests/id.pipe.js';
import { RequestBody, RequestQuery } from '../requests/request-input.decorator.js';
import { SubscriptionHealthDto, toSubscriptionHealthDto } from './subscription-health.dto.js';

/** How a subscription fares, and what it missed. */
import { StatisticsDto, toStatisticsDto } from '../statistics/statistics.dto.js';
import { StatisticsQuery } from '../statistics/statistics.query.js';

@AdminController('subscriptions/:id', 'Subscriptions')
@RequiresRight('integration.read')
export class SubscriptionHealthController {
  constructor(
    private readonly health: HealthReader,
    private readonly replays: ReplayService,
    private readonly statistics: StatisticsReader,
  ) {}

  @Get('health')
  @ApiOperation({ summary: 'Whether attempts succeed' })
  @ApiOkResponse({ type: SubscriptionHealthDto })
  @ApiProblems(400, 404)
  async getSubscriptionHealth(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<SubscriptionHealthDto> {
    return toSubscriptionHealthDto(await this.health.get(id, scope));
  }

  @Get('statistics')
  @ApiOperation({ summary: 'How its deliveries fared in the last hours' })
  @ApiOkResponse({ type: StatisticsDto })
  @ApiProblems(400, 404, 422)
  async getSubscriptionStatistics(
    @Param('id', IdPipe) id: string,
    @RequestQuery() { hours }: StatisticsQuery,
    @Scope() scope: TenantScope,
  ): Promise<StatisticsDto> {
    return toStatisticsDto(await this.statistics.ofSubscription(id, hours, scope));
  }

  @Get('recoverable')
  @ApiOperation({ summary: 'What it missed since a time and could be sent now' })
  @ApiOkResponse({ type: RecoverableDto })
  @ApiProblems(400, 404)
  async getRecoverable(
    @Param('id', IdPipe) id: string,
    @RequestQuery() { since }: RecoverableQuery,
    @Scope() scope: TenantScope,
  ): Promise<RecoverableDto> {
    return toRecoverableDto(await this.replays.recoverable(id, since, scope));
  }

  @Post('recover')
  @HttpCode(202)
  @RequiresRight('integration.manage')
  @ApiOperation({ summary: 'Send all that it missed since a time, in the background' })
  @ApiBody({ type: RecoverDto, required: false })
  @ApiAcceptedResponse({ type: ReplayDto })
  @ApiProblems(400, 404, 413, 415, 422)
  async recoverSubscription(
    @Param('id', IdPipe) id: string,
    @RequestBody() body: RecoverDto,
    @Scope() scope: TenantScope,
  ): Promise<ReplayDto> {
    return toReplayDto(await this.replays.recover(id, body, scope));
  }
}
