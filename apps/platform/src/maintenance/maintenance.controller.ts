import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { PlanMaintenance, UpdateMaintenance } from './maintenance.dto.js';
import type { Maintenance } from './maintenance.js';
import { MaintenanceService } from './maintenance.service.js';

@Controller('maintenance')
export class MaintenanceController {
  constructor(private readonly maintenance: MaintenanceService) {}

  @Get()
  list(): Maintenance[] {
    return this.maintenance.list();
  }

  @Get(':id')
  get(@Param('id') id: string): Maintenance {
    return this.maintenance.get(id);
  }

  @Post()
  plan(@Body() body: PlanMaintenance): Promise<Maintenance> {
    return this.maintenance.plan(body);
  }

  @Patch(':id')
  update(@Param('id') id: string, @Body() body: UpdateMaintenance): Promise<Maintenance> {
    return this.maintenance.update(id, body);
  }

  @Post(':id/start')
  @HttpCode(200)
  start(@Param('id') id: string): Promise<Maintenance> {
    return this.maintenance.start(id);
  }

  @Post(':id/complete')
  @HttpCode(200)
  complete(@Param('id') id: string): Promise<Maintenance> {
    return this.maintenance.complete(id);
  }
}
