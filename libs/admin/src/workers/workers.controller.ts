import { Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { OverviewReader, WorkerReader, type TenantScope } from '@nest-integrations/core';
import { assertForAllTenants } from '../access/for-all-tenants.js';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { toQueueLoadDto } from '../statistics/statistics.dto.js';
import { toWorkerDto, WorkersDto } from './worker.dto.js';

@AdminController('workers', 'Operating')
@RequiresRight('integration.read')
export class WorkersController {
  constructor(
    private readonly workers: WorkerReader,
    private readonly overview: OverviewReader,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The queue, and the processes that deliver' })
  @ApiOkResponse({ type: WorkersDto })
  @ApiProblems(404)
  async listWorkers(@Scope() scope: TenantScope): Promise<WorkersDto> {
    assertForAllTenants(scope, 'the workers');
    const [load, items] = await Promise.all([this.overview.load(scope), this.workers.list()]);
    return {
      driver: this.workers.queueDriver,
      queue: toQueueLoadDto(load),
      items: items.map(toWorkerDto),
    };
  }
}
