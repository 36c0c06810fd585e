import { Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { DeliveryService, type TenantScope } from '@nest-integrations/core';
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
  constructor(private readonly deliveries: DeliveryService) {}

  @Get()
  @ApiOperation({ summary: 'Deliveries, newest first, in pages' })
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
}
