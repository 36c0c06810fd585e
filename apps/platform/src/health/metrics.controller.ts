import { IntegrationMetrics } from '@nest-integrations/core';
import { Controller, Get, Header, Req, Res, UnauthorizedException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DemoAccessPolicy } from '../access/demo-access.policy.js';

/** For Prometheus, which gives the admin token as its bearer token: numbers tell a lot. */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: IntegrationMetrics,
    private readonly access: DemoAccessPolicy,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async metricsText(@Req() request: Request, @Res() response: Response): Promise<void> {
    const decision = this.access.check(request);
    // They are of all tenants together.
    if (!decision.allowed || decision.scope !== 'all') {
      throw new UnauthorizedException('Metrics need the admin token as a bearer token');
    }
    response.type(this.metrics.contentType).send(await this.metrics.prometheus());
  }
}
