import { Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { AuditLog, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { RequestQuery } from '../requests/request-input.decorator.js';
import { AuditPageDto, toAuditPageDto } from './audit-log.dto.js';
import { ListAuditEntriesQuery } from './list-audit-entries.query.js';

@AdminController('audit-log', 'Audit log')
@RequiresRight('integration.read')
export class AuditLogController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @ApiOperation({ summary: 'Who changed what, newest first, in pages' })
  @ApiOkResponse({ type: AuditPageDto })
  @ApiProblems(400, 422)
  async listAuditEntries(
    @RequestQuery() query: ListAuditEntriesQuery,
    @Scope() scope: TenantScope,
  ): Promise<AuditPageDto> {
    return toAuditPageDto(await this.audit.list(query, scope));
  }
}
