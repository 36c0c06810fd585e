import { HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation } from '@nestjs/swagger';
import { EventReplayer, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { DeliveryDto, toDeliveryDto } from '../deliveries/delivery.dto.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { IdPipe } from '../requests/id.pipe.js';
import { RequestBody } from '../requests/request-input.decorator.js';
import { ReplayEventDto } from './replay-requests.dto.js';

@AdminController('events/:id/replay', 'Events')
@RequiresRight('integration.manage')
export class EventReplayController {
  constructor(private readonly replayer: EventReplayer) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send one event, by its id, to one subscription, which need not have been there then',
  })
  @ApiAcceptedResponse({ type: DeliveryDto })
  @ApiProblems(400, 404, 409, 413, 415, 422)
  async replayEvent(
    @Param('id', IdPipe) id: string,
    @RequestBody() { subscriptionId }: ReplayEventDto,
    @Scope() scope: TenantScope,
  ): Promise<DeliveryDto> {
    return toDeliveryDto(await this.replayer.replay(id, subscriptionId, scope));
  }
}
