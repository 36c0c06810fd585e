import { Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { EventTypeRegistry, NotFoundError } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { EventTypeDto, EventTypeListDto, toEventTypeDto } from './event-type.dto.js';

@AdminController('events', 'Events')
@RequiresRight('integration.read')
export class EventTypesController {
  constructor(private readonly registry: EventTypeRegistry) {}

  @Get()
  @ApiOperation({ summary: 'All event types that can be subscribed to' })
  @ApiOkResponse({ type: EventTypeListDto })
  listEventTypes(): EventTypeListDto {
    return { items: this.registry.list().map(toEventTypeDto) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One event type' })
  @ApiOkResponse({ type: EventTypeDto })
  @ApiProblems(404)
  getEventType(@Param('id') id: string): EventTypeDto {
    // Here the type is what is asked for: the registry's own error is about an input that names one.
    if (!this.registry.has(id)) throw new NotFoundError('event type', id);
    return toEventTypeDto(this.registry.get(id));
  }
}
