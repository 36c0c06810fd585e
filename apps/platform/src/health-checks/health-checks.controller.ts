import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { HealthChecksService } from './health-checks.service.js';
import { HEALTH_LEVELS, type SystemHealth } from './system-health.js';

export class ReportHealth {
  @IsIn(HEALTH_LEVELS)
  level: SystemHealth['level'];

  @IsOptional()
  @IsString()
  @MaxLength(300)
  reason?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  systemName?: string;
}

@Controller('health-checks')
export class HealthChecksController {
  constructor(private readonly checks: HealthChecksService) {}

  @Get()
  list(): SystemHealth[] {
    return this.checks.list();
  }

  /** What a check saw of a system; each change of its level is an event. */
  @Put(':systemId')
  report(@Param('systemId') systemId: string, @Body() body: ReportHealth): Promise<SystemHealth> {
    const { level, reason, systemName } = body;
    return this.checks.report({
      systemId,
      level,
      ...(reason === undefined ? {} : { reason }),
      ...(systemName === undefined ? {} : { systemName }),
    });
  }
}
