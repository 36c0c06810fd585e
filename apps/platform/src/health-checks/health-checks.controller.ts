import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { IsIn } from 'class-validator';
import { IsLine } from '../requests/is-line.decorator.js';
import { MayBeLeftOut } from '../requests/may-be-left-out.decorator.js';
import { LinePipe } from '../requests/line.pipe.js';
import { HealthChecksService } from './health-checks.service.js';
import { HEALTH_LEVELS, type SystemHealth } from './system-health.js';

export class ReportHealth {
  @IsIn(HEALTH_LEVELS)
  level: SystemHealth['level'];

  @MayBeLeftOut()
  @IsLine(300)
  reason?: string;

  @MayBeLeftOut()
  @IsLine(100)
  systemName?: string;
}

@Controller('health-checks')
export class HealthChecksController {
  constructor(private readonly checks: HealthChecksService) {}

  @Get()
  list(): SystemHealth[] {
    return this.checks.list();
  }

  @Get(':systemId')
  get(@Param('systemId', LinePipe) systemId: string): SystemHealth {
    return this.checks.get(systemId);
  }

  /** What a check saw of a system; each change of its level is an event. */
  @Put(':systemId')
  report(
    @Param('systemId', LinePipe) systemId: string,
    @Body() body: ReportHealth,
  ): Promise<SystemHealth> {
    const { level, reason, systemName } = body;
    return this.checks.report({ systemId, level, reason, systemName });
  }
}
