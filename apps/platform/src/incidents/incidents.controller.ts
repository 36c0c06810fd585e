import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { CreateIncident, UpdateIncident } from './incident.dto.js';
import type { Incident } from './incident.js';
import { IncidentsService } from './incidents.service.js';

@Controller('incidents')
export class IncidentsController {
  constructor(private readonly incidents: IncidentsService) {}

  @Get()
  list(): Incident[] {
    return this.incidents.list();
  }

  @Get(':id')
  get(@Param('id') id: string): Incident {
    return this.incidents.get(id);
  }

  @Post()
  create(@Body() body: CreateIncident): Promise<Incident> {
    return this.incidents.create(body);
  }

  @Patch(':id')
  update(@Param('id') id: string, @Body() body: UpdateIncident): Promise<Incident> {
    return this.incidents.update(id, body);
  }

  @Post(':id/resolve')
  @HttpCode(200)
  resolve(@Param('id') id: string): Promise<Incident> {
    return this.incidents.resolve(id);
  }

  @Post(':id/reopen')
  @HttpCode(200)
  reopen(@Param('id') id: string): Promise<Incident> {
    return this.incidents.reopen(id);
  }
}
