import { Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { EventHistory, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { IdPipe } from '../requests/id.pipe.js';
import { RequestQuery } from '../requests/request-input.decorator.js';
import { EventDetailsDto, EventPageDto, toEventDetailsDto, toEventPageDto } from './event.dto.js';
import { ListEventsQuery } from './list-events.query.js';

@AdminController('events', 'Events')
@RequiresRight('integration.read')
export class EventsController {
  constructor(private readonly history: EventHistory) {}

  @Get()
  @ApiOperation({ summary: 'Events that were accepted, newest first, in pages' })
  @ApiOkResponse({ type: EventPageDto })
  @ApiProblems(400, 422)
  async listEvents(
    @RequestQuery() query: ListEventsQuery,
    @Scope() scope: TenantScope,
  ): Promise<EventPageDto> {
    return toEventPageDto(await this.history.list(query, scope));
  }

  @Get(':id')
  @ApiOperation({ summary: 'One event with its payload and its deliveries' })
  @ApiOkResponse({ type: EventDetailsDto })
  @ApiProblems(400, 404)
  async getEvent(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<EventDetailsDto> {
    return toEventDetailsDto(await this.history.get(id, scope));
  }
}
