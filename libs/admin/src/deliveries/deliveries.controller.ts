import { DELIVERY_STATUSES } from '@nest-integrations/common';
import { Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { DeliveryIntervention, DeliveryService, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { IdPipe } from '../requests/id.pipe.js';
import { RequestQuery } from '../requests/request-input.decorator.js';
import {
  DeliveryDetailsDto,
  DeliveryDto,
  DeliveryPageDto,
  toDeliveryDetailsDto,
  toDeliveryDto,
  toDeliveryPageDto,
} from './delivery.dto.js';
import { ListDeliveriesQuery } from './list-deliveries.query.js';

@AdminController('deliveries', 'Deliveries')
@RequiresRight('integration.read')
export class DeliveriesController {
  constructor(
    private readonly deliveries: DeliveryService,
    private readonly intervention: DeliveryIntervention,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Deliveries, newest first, in pages' })
  @ApiQuery({
    name: 'status',
    required: false,
    enum: DELIVERY_STATUSES,
    enumName: 'DeliveryStatus',
    isArray: true,
    style: 'form',
    explode: false,
    description: 'One of these: `failed,cancelled`.',
  })
  @ApiOkResponse({ type: DeliveryPageDto })
  @ApiProblems(400, 422)
  async listDeliveries(
    @RequestQuery() query: ListDeliveriesQuery,
    @Scope() scope: TenantScope,
  ): Promise<DeliveryPageDto> {
    return toDeliveryPageDto(await this.deliveries.list(query, scope));
  }

  @Get(':id')
  @ApiOperation({ summary: 'One delivery with its event and every attempt' })
  @ApiOkResponse({ type: DeliveryDetailsDto })
  @ApiProblems(400, 404)
  async getDelivery(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<DeliveryDetailsDto> {
    return toDeliveryDetailsDto(await this.deliveries.get(id, scope));
  }

  @Post(':id/replay')
  @HttpCode(202)
  @RequiresRight('integration.manage')
  @ApiOperation({ summary: 'Send a final delivery again: same id, current config, history kept' })
  @ApiAcceptedResponse({ type: DeliveryDto })
  @ApiProblems(400, 404, 409)
  async replayDelivery(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<DeliveryDto> {
    return toDeliveryDto(await this.deliveries.replay(id, scope));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @RequiresRight('integration.manage')
  @ApiOperation({
    summary: 'Attempt it no more; refused once it has ended, and while it is being attempted',
  })
  @ApiOkResponse({ type: DeliveryDto })
  @ApiProblems(400, 404, 409)
  async cancelDelivery(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<DeliveryDto> {
    return toDeliveryDto(await this.intervention.cancel(id, scope));
  }

  @Post(':id/retry-now')
  @HttpCode(202)
  @RequiresRight('integration.manage')
  @ApiOperation({
    summary: 'Make the next attempt now; refused once it has ended, and while it is held back',
  })
  @ApiAcceptedResponse({ type: DeliveryDto })
  @ApiProblems(400, 404, 409)
  async retryDelivery(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<DeliveryDto> {
    return toDeliveryDto(await this.intervention.retryNow(id, scope));
  }
}
