import { Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import {
  EventTypeRegistry,
  ListenerCounter,
  NotFoundError,
  type TenantScope,
} from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { EventTypeDto, EventTypeListDto, toEventTypeDto } from './event-type.dto.js';

@AdminController('event-types', 'Event types')
@RequiresRight('integration.read')
export class EventTypesController {
  constructor(
    private readonly registry: EventTypeRegistry,
    private readonly listeners: ListenerCounter,
  ) {}

  @Get()
  @ApiOperation({ summary: 'All event types that can be subscribed to' })
  @ApiOkResponse({ type: EventTypeListDto })
  async listEventTypes(@Scope() scope: TenantScope): Promise<EventTypeListDto> {
    const types = this.registry.list();
    const counts = await this.listeners.count(
      types.map(({ id }) => id),
      scope,
    );
    return { items: types.map((type) => toEventTypeDto(type, counts.get(type.id) ?? 0)) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One event type' })
  @ApiOkResponse({ type: EventTypeDto })
  @ApiProblems(404)
  async getEventType(@Param('id') id: string, @Scope() scope: TenantScope): Promise<EventTypeDto> {
    // Here the type is what is asked for: the registry's own error is about an input that names one.
    if (!this.registry.has(id)) throw new NotFoundError('event type', id);
    const counts = await this.listeners.count([id], scope);
    return toEventTypeDto(this.registry.get(id), counts.get(id) ?? 0);
  }
}
